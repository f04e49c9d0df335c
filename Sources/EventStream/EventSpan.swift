import Invalidation

/// Where one server-sent event (WHATWG HTML §9.2) stands in a block of bytes.
///
/// It is framed as a chunk of HTTP/1.1's chunked coding (RFC 9112 §7.1); for HTTP/1.0 and HTTP/2 the same memory is used
/// without the frame.
struct EventSpan {
    private let framed: Range<Int>
    private let payload: Range<Int>

    /// Why it says so, where it tells the client to refetch all.
    let reset: ResetReason?

    /// Writes an event at the end of `block`.
    ///
    /// - Parameters:
    ///   - event: nil for a heartbeat, which has an id alone and so wakes no page.
    ///   - id: the position that the client keeps once it has read this.
    ///   - retry: how many milliseconds the client waits before it reconnects.
    ///   - spread: how many milliseconds it may wait before it refetches.
    init(
        of event: StreamEvent?,
        id: String?,
        retry: Int? = nil,
        spread: Int = 0,
        appendedTo block: inout [UInt8]
    ) {
        if case .reset(let reason)? = event { reset = reason } else { reset = nil }
        let frame = block.count
        // The chunk's size is filled in when it is known.
        block.append(contentsOf: Self.frame.utf8)
        let start = block.count
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
        payload = start..<block.count
        block.append(contentsOf: "\r\n".utf8)

        // From the last digit on; the frame begins at the first that is not zero.
        var size = payload.count
        var digit = frame + Self.digits
        while size > 0 {
            digit -= 1
            block[digit] = Self.hexadecimal[size & 15]
            size >>= 4
        }
        framed = digit..<block.count
    }

    /// Which bytes of the block are sent.
    func range(_ framing: Framing) -> Range<Int> {
        switch framing {
        case .chunked: framed
        case .untilClose, .body, .frames: payload
        }
    }

    /// What stands before a chunk; eight digits, which no event outgrows.
    private static let frame = "00000000\r\n"
    private static let digits = 8
    private static let hexadecimal = Array("0123456789abcdef".utf8)
}
