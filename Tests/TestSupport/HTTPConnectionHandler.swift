import NIOCore

/// Parses what comes in, and stops reading while its reader is far behind: the bound of the reader's mailbox.
final class HTTPConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let highWater = 256
    private static let lowWater = 64

    private var parser: HTTPResponseParser
    private let parts: Mailbox<HTTPResponseParser.Part>
    private let keepsBytes: Bool
    private var context: ChannelHandlerContext?
    private var isFull = false { didSet { applyReading() } }

    private(set) var receivedBytes: [UInt8] = []
    var isPaused = false { didSet { applyReading() } }

    init(method: String, parts: Mailbox<HTTPResponseParser.Part>, keepsBytes: Bool) {
        parser = HTTPResponseParser(method: method)
        self.parts = parts
        self.keepsBytes = keepsBytes
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        if keepsBytes { receivedBytes += bytes }
        do {
            deliver(try parser.consume(bytes))
        } catch {
            parts.finish(throwing: error)
            context.close(promise: nil)
        }
        if parts.count > Self.highWater { isFull = true }
    }

    func channelInactive(context: ChannelHandlerContext) {
        do {
            deliver(try parser.finish())
            parts.finish()
        } catch {
            parts.finish(throwing: error)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        parts.finish(throwing: error)
        context.close(promise: nil)
    }

    func readerTook() {
        if isFull, parts.count < Self.lowWater { isFull = false }
    }

    private func deliver(_ new: [HTTPResponseParser.Part]) {
        for part in new {
            if part == .end { parts.finish() } else { parts.put(part) }
        }
    }

    /// Setting the option to true also asks for the next read.
    private func applyReading() {
        _ = context?.channel.setOption(.autoRead, value: !(isPaused || isFull))
    }
}
