import NIOCore

/// How the end of a response's body is told.
package enum Framing: Sendable {
    /// HTTP/1.1: chunks, and a last empty one.
    case chunked

    /// HTTP/1.0: the connection's end.
    case untilClose

    /// What follows the last event.
    var terminator: ByteBuffer {
        switch self {
        case .chunked: ByteBuffer(staticString: "0\r\n\r\n")
        case .untilClose: ByteBuffer()
        }
    }
}
