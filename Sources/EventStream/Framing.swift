import NIOCore

/// How the end of a response's body is told.
package enum Framing: Sendable {
    /// HTTP/1.1: chunks, and a last empty one.
    case chunked

    /// HTTP/1.0: the connection's end.
    case untilClose

    /// The server whose response it is frames it, and ends it.
    case body

    /// HTTP/2: the flag of the last frame, which is sent when the output is closed (RFC 9113 §8.1).
    case frames

    /// What follows the last event.
    var terminator: ByteBuffer {
        switch self {
        case .chunked: ByteBuffer(staticString: "0\r\n\r\n")
        case .untilClose, .body, .frames: ByteBuffer()
        }
    }
}
