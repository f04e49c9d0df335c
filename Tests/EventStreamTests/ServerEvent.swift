/// One block of an event stream, as a client sees it.
struct ServerEvent: Equatable, CustomStringConvertible {
    var name: String?
    var id: String?
    var data: String?
    var retry: Int?

    static func welcome(_ data: String, id: String) -> ServerEvent { ServerEvent(name: "welcome", id: id, data: data) }

    static func invalidate(_ data: String, id: String) -> ServerEvent {
        ServerEvent(name: "invalidate", id: id, data: data)
    }

    static func reset(_ reason: String, id: String) -> ServerEvent {
        ServerEvent(name: "reset", id: id, data: #"{"reason":"\#(reason)"}"#)
    }

    static func goaway(_ reason: String, id: String?) -> ServerEvent {
        ServerEvent(name: "goaway", id: id, data: #"{"reason":"\#(reason)"}"#)
    }

    static func beat(id: String) -> ServerEvent { ServerEvent(id: id) }

    /// The same without `retry`, which is random.
    var withoutRetry: ServerEvent {
        var event = self
        event.retry = nil
        return event
    }

    var description: String {
        [name, id.map { "id=\($0)" }, data, retry.map { "retry=\($0)" }].compactMap(\.self).joined(separator: " ")
    }
}
