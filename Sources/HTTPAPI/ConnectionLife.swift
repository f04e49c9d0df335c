import NIOHTTP2

/// Decides when a connection of HTTP/2 is left, and how (RFC 9113 §6.8).
///
/// The client is told in two steps: first that it should open nothing more, then, once it must have read that, which
/// streams are answered to their end. So a request that is on its way meanwhile is not lost.
struct ConnectionLife {
    enum Event {
        case opened(HTTP2StreamID)
        case closed

        /// The deadline that was asked for last has passed.
        case expired

        /// The service is shutting down.
        case quiesced

        /// The client has answered ``Action/warn``.
        case answered
    }

    enum Action: Equatable {
        case none

        /// Expire once the connection has had no stream for as long as it may.
        case awaitStream
        case forgetDeadline

        /// Tell the client to open no more streams and to answer; expire if it does not.
        case warn

        /// Tell it the last stream that is answered.
        case leave(after: HTTP2StreamID)

        /// Tell the same, and close.
        case close(after: HTTP2StreamID)
    }

    private enum Phase { case serving, warned, leaving }

    private var phase = Phase.serving
    private var streams = 0
    private var last = HTTP2StreamID.rootStream

    /// Whether the client has been told to go.
    var isEnding: Bool { phase != .serving }

    mutating func handle(_ event: Event) -> Action {
        switch (event, phase) {
        case (.opened(let id), _):
            last = max(last, id)
            streams += 1
            return streams == 1 && phase == .serving ? .forgetDeadline : .none
        case (.closed, _):
            streams -= 1
            guard streams == 0 else { return .none }
            return switch phase {
            case .serving: .awaitStream
            case .warned: .none
            case .leaving: .close(after: last)
            }
        case (.expired, .serving):
            return streams == 0 ? warn() : .none
        case (.quiesced, .serving):
            return warn()
        case (.expired, .warned), (.answered, .warned):
            phase = .leaving
            return streams == 0 ? .close(after: last) : .leave(after: last)
        case (.answered, .serving), (.quiesced, _), (_, .leaving):
            return .none
        }
    }

    private mutating func warn() -> Action {
        phase = .warned
        return .warn
    }
}
