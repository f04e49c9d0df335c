import EventStream
import HTTPTypes
import Invalidation
import NIOCore

/// A request for a stream that has passed every check, and is counted.
struct Admission: Sendable {
    let session: LiveSession
    let target: StreamTarget

    /// What lets the page of an allowed origin read the stream.
    let cors: HTTPFields

    /// Of the head of every event stream.
    static let fields: HTTPFields = [
        .contentType: "text/event-stream",
        .cacheControl: "no-store, no-transform",
        .accelBuffering: "no",
        .xContentTypeOptions: "nosniff",
    ]

    /// The head of the response, as far as every version of HTTP has it.
    var response: HTTPResponse { HTTPResponse(status: .ok, headerFields: Self.fields + cors) }

    /// What the hub begins the stream with.
    ///
    /// - Parameter head: the response's head as bytes, where it goes the way of the events after it.
    func request(_ framing: Framing, isPlain: Bool, head: ByteBuffer = ByteBuffer()) -> StreamRequest {
        StreamRequest(
            session: session,
            filter: target.filter,
            resume: target.resume,
            framing: framing,
            isPlain: isPlain,
            head: head
        )
    }

    /// The head of the response over HTTP/1.1: it is written below the HTTP encoder, like the events after it.
    func head(_ framing: Framing) -> ByteBuffer {
        var head = Self.commonHead
        switch framing {
        case .chunked: head.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .untilClose: head.writeStaticString("Connection: close\r\n")
        case .body, .frames: preconditionFailure("the head of this response is not written as bytes")
        }
        Self.write(cors, to: &head)
        head.writeStaticString("\r\n")
        return head
    }

    /// Written once: all that differs between two heads is at their end.
    private static let commonHead: ByteBuffer = {
        var head = ByteBuffer(staticString: "HTTP/1.1 200 OK\r\n")
        write(fields, to: &head)
        return head
    }()

    private static func write(_ fields: HTTPFields, to head: inout ByteBuffer) {
        for field in fields { head.writeString("\(field.name): \(field.value)\r\n") }
    }
}
