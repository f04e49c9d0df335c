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
    ///   - spread: how many milliseconds it may wait before it refetches.
    init(_ event: StreamEvent?, id: String?, retry: Int? = nil, spread: Int = 0) {
        var block: [UInt8] = []
        block.reserveCapacity(Self.frame.utf8.count + 256)
        // The chunk's size is filled in when it is known.
        block.append(contentsOf: Self.frame.utf8)
        if let retry { block.append(contentsOf: "retry: \(retry)\n".utf8) }
        if let event {
            block.append(contentsOf: "event: ".utf8)
            block.append(contentsOf: event.name.utf8)
            block.append(UInt8(ascii: "\n"))
        }
        if let id {
            block.append(contentsOf: "id: ".utf8)
            block.append(contentsOf: id.utf8)
            block.append(UInt8(ascii: "\n"))
        }
        if let event {
            block.append(contentsOf: "data: ".utf8)
            event.writeData(to: &block, spread: spread)
            block.append(UInt8(ascii: "\n"))
        }
        block.append(UInt8(ascii: "\n"))

        payload = Self.frame.utf8.count..<block.count
        var size = payload.count
        for digit in stride(from: Self.digits - 1, through: 0, by: -1) {
            block[digit] = Self.hexadecimal[size & 15]
            size >>= 4
        }
        block.append(contentsOf: "\r\n".utf8)
        var buffer = ByteBuffer(bytes: block)
        buffer.moveReaderIndex(forwardBy: block.prefix(Self.digits - 1).prefix { $0 == UInt8(ascii: "0") }.count)
        framed = buffer
    }

    /// What stands before a chunk; eight digits, which no event outgrows.
    private static let frame = "00000000\r\n"
    private static let digits = 8
    private static let hexadecimal = Array("0123456789abcdef".utf8)

    /// How many bytes they are.
    func count(_ framing: Framing) -> Int {
        switch framing {
        case .chunked: framed.readableBytes
        case .untilClose: payload.count
        }
    }

    func withBytes<Result>(_ framing: Framing, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe framed.withUnsafeReadableBytes { bytes in
            switch framing {
            case .chunked: return unsafe body(bytes)
            case .untilClose:
                let start = payload.lowerBound - framed.readerIndex
                return unsafe body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + payload.count]))
            }
        }
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
