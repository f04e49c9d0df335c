import Invalidation
import NIOCore

/// The bytes of one server-sent event (WHATWG HTML §9.2), made once and written to every stream that hears it.
///
/// They are framed as a chunk of HTTP/1.1's chunked coding (RFC 9112 §7.1); for HTTP/1.0 the same memory is used
/// without the frame.
struct EncodedEvent {
    private let framed: ByteBuffer
    private let payload: Range<Int>

    /// - Parameters:
    ///   - event: nil for a heartbeat, which has an id alone and so wakes no page.
    ///   - id: the position that the client keeps once it has read this.
    ///   - retry: how many milliseconds the client waits before it reconnects.
    init(_ event: StreamEvent?, id: String?, retry: Int? = nil) {
        var block: [UInt8] = []
        block.reserveCapacity(256)
        if let retry { block.append(contentsOf: "retry: \(retry)\n".utf8) }
        if let event { block.append(contentsOf: "event: \(event.name)\n".utf8) }
        if let id { block.append(contentsOf: "id: \(id)\n".utf8) }
        if let event {
            block.append(contentsOf: "data: ".utf8)
            event.writeData(to: &block)
            block.append(UInt8(ascii: "\n"))
        }
        block.append(UInt8(ascii: "\n"))

        let size = String(block.count, radix: 16)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(block.count + size.utf8.count + 4)
        buffer.writeString(size)
        buffer.writeStaticString("\r\n")
        let start = buffer.writerIndex
        buffer.writeBytes(block)
        payload = start..<buffer.writerIndex
        buffer.writeStaticString("\r\n")
        framed = buffer
    }

    func bytes(_ framing: Framing) -> ByteBuffer {
        switch framing {
        case .chunked: framed
        case .untilClose: framed.getSlice(at: payload.lowerBound, length: payload.count) ?? ByteBuffer()
        }
    }
}

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
