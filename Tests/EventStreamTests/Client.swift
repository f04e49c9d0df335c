import EventStream
import NIOCore
import NIOEmbedded

/// A browser at the other end of an embedded channel: it sees what was flushed, and only when it looks.
final class Client {
    let channel: EmbeddedChannel
    private var reader: ResponseReader

    init(_ channel: EmbeddedChannel, framing: Framing) {
        self.channel = channel
        reader = ResponseReader(framing)
    }

    var head: String? { reader.head }

    var isConnected: Bool { channel.isActive }

    /// Whether the response came to its proper end.
    var hasEnded: Bool { reader.hasEnded }

    /// The next flushed write as it is.
    func readBuffer() throws -> ByteBuffer? { try channel.readOutbound(as: ByteBuffer.self) }

    /// Everything that was flushed and not read, as it is.
    func readBytes() throws -> String {
        var bytes: [UInt8] = []
        while let buffer = try readBuffer() { bytes += buffer.readableBytesView }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The events that came since the last call, without `retry`, which is random.
    func read() throws -> [ServerEvent] { try readAll().map(\.withoutRetry) }

    /// The same with `retry`, of at most so many writes.
    func readAll(writes limit: Int = .max) throws -> [ServerEvent] {
        var events: [ServerEvent] = []
        for _ in 0..<limit {
            guard let buffer = try readBuffer() else { break }
            events += try reader.read(Array(buffer.readableBytesView))
        }
        return events
    }

    /// Fills the channel's buffer, so that nothing more can be written, or empties it.
    func setWritable(_ isWritable: Bool) {
        guard channel.isWritable != isWritable else { return }
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    func send(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    func disconnect() { channel.close(promise: nil) }
}
