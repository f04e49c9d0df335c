import Invalidation
import NIOCore

/// The bytes of one event, made once and written to every stream that hears it.
struct EncodedEvent {
    private let block: [UInt8]
    private let span: EventSpan

    /// For those that are not written to by the descriptor: made for the first, and shared by all.
    private var shared: (buffer: ByteBuffer, framing: Framing)?

    /// - Parameter block: what `span` is of; it may hold other events, too.
    init(_ span: EventSpan, in block: [UInt8]) {
        self.span = span
        self.block = block
    }

    /// Encodes one event alone; its parameters are ``EventSpan``'s.
    init(_ event: StreamEvent?, id: String?, retry: Int? = nil, spread: Int = 0) {
        var block: [UInt8] = []
        block.reserveCapacity(256)
        let span = EventSpan(of: event, id: id, retry: retry, spread: spread, appendedTo: &block)
        self.init(span, in: block)
    }

    /// Why it says so, where it tells the client to refetch all.
    var reset: ResetReason? { span.reset }

    /// How many bytes they are.
    func count(_ framing: Framing) -> Int { span.range(framing).count }

    func withBytes<Result>(_ framing: Framing, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe block.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[span.range(framing)])) }
    }

    /// The bytes as SwiftNIO's channels take them; copied once, however often it is asked.
    mutating func bytes(_ framing: Framing) -> ByteBuffer {
        if let shared, shared.framing == framing { return shared.buffer }
        let buffer = ByteBuffer(bytes: block[span.range(framing)])
        shared = (buffer, framing)
        return buffer
    }
}
