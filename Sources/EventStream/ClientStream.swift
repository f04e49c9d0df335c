import Invalidation
import NIOCore

/// One open stream: the last handler of its channel's pipeline, and a member of its shard.
///
/// It lives on its channel's event loop. What cannot be written now is merged into ``Pending`` and written when the
/// channel can take it: there is no queue (CONTRACT.md §5).
final class ClientStream: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase { case opening, open, ending, closed }

    /// How long a channel that is to be closed may take to write what it holds.
    private static let lingering = TimeAmount.seconds(5)

    let session: LiveSession
    let filter: TagFilter?
    let resume: StreamRequest.Resume
    private let framing: Framing
    private let shard: Shard
    private let onClose: @Sendable () -> Void

    private var context: ChannelHandlerContext?
    private var phase = Phase.opening

    /// The response's head, until it has been written.
    private var head: ByteBuffer?
    private var pending = Pending()
    private var isHeld = false

    /// The id that the client was given last, or came with.
    private(set) var position: String?

    /// Since when the channel has taken nothing more.
    private var stalledSince: NIODeadline?
    private var closing: Scheduled<Void>?

    /// Where this stream stands in its shard's lists; kept by the shard.
    var places: [StreamList.Place] = []

    /// The invalidations of the batch being delivered that this stream hears; kept by the shard.
    var hearing: [Int] = []

    init(_ request: StreamRequest, shard: Shard, onClose: @escaping @Sendable () -> Void) {
        session = request.session
        filter = request.filter
        resume = request.resume
        framing = request.framing
        head = request.head
        if case .position(let position) = request.resume { self.position = position.text }
        self.shard = shard
        self.onClose = onClose
    }

    var isOpening: Bool { phase == .opening }

    /// Whether an event can be written as it is, with nothing before it.
    var isReady: Bool { phase == .open && !isHeld && pending.isEmpty && context?.channel.isWritable == true }

    // MARK: What the shard tells it

    /// Writes the response's head and `welcome`; ``finishBeginning()`` sends them on their way.
    func begin(welcome: EncodedEvent, position: String, isHeld: Bool) {
        guard phase == .opening, let context else { return }
        phase = .open
        self.position = position
        self.isHeld = isHeld
        writeHead()
        context.write(wrapOutboundOut(welcome.bytes(framing)), promise: nil)
    }

    /// Writes what the client has to be told of the past, and flushes all of it at once.
    func finishBeginning() {
        flush()
        context?.flush()
    }

    /// Writes an event that many streams share. Only while ``isReady``.
    func write(_ event: EncodedEvent, position: String) {
        guard let context else { return }
        self.position = position
        context.writeAndFlush(wrapOutboundOut(event.bytes(framing)), promise: nil)
    }

    func keep(_ invalidation: Invalidation) {
        if phase == .open { pending.add(invalidation, filter: filter) }
    }

    func keep(reset reason: ResetReason) {
        if phase == .open { pending.add(reset: reason) }
    }

    /// Keeps what this stream hears of the batch that is being delivered.
    func keepHeard(of batch: [Invalidation]) {
        for index in takeHearing() { keep(batch[index]) }
    }

    func takeHearing() -> [Int] {
        defer { hearing = [] }
        return hearing
    }

    /// Writes what is pending if that can be written now.
    func flush() {
        guard phase == .open, !isHeld, !pending.isEmpty, context?.channel.isWritable == true else { return }
        let event = pending.event
        pending = Pending()
        write(EncodedEvent(event, id: shard.position), position: shard.position)
    }

    func hold() { isHeld = true }

    func release() {
        isHeld = false
        flush()
    }

    /// Moves the client's resume point, or, where something is still to be told, only shows that the stream lives.
    func beat(_ heartbeat: EncodedEvent) {
        guard phase == .open, let context, context.channel.isWritable else { return }
        if isReady {
            write(heartbeat, position: shard.position)
        } else {
            context.writeAndFlush(wrapOutboundOut(EncodedEvent(nil, id: position).bytes(framing)), promise: nil)
        }
    }

    /// Whether the client has left everything unread since `deadline`.
    func hasStalled(since deadline: NIODeadline) -> Bool { stalledSince.map { $0 < deadline } ?? false }

    /// Writes `goaway` and closes. Nothing that was kept is told any more.
    ///
    /// A client that does not read would keep the connection, and what it was last sent, for as long as it likes: it has
    /// ``lingering`` to take the rest.
    func end(_ reason: GoawayReason, retry: Int? = nil) {
        guard phase == .open || phase == .opening, let context else { return }
        phase = .ending
        pending = Pending()
        let channel = context.channel
        closing = channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(mode: .all, promise: nil) }
        writeHead()
        let goaway = EncodedEvent(.goaway(reason), id: position, retry: retry)
        context.write(wrapOutboundOut(goaway.bytes(framing)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(framing.terminator)).assumeIsolated().whenComplete { _ in
            channel.close(mode: .all, promise: nil)
        }
    }

    private func writeHead() {
        guard let head, let context else { return }
        self.head = nil
        context.write(wrapOutboundOut(head), promise: nil)
    }

    // MARK: What the channel tells it

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) { didClose() }

    func channelInactive(context: ChannelHandlerContext) {
        didClose()
        context.fireChannelInactive()
    }

    /// A client has nothing to say once its stream has begun; a pipelined request would never be answered.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stalledSince = nil
            flush()
        } else if stalledSince == nil {
            stalledSince = context.eventLoop.now
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: context.close(promise: nil)
        case is ChannelShouldQuiesceEvent: end(.shutdown, retry: Shard.reconnectJitter())
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Whatever carried requests on this connection before may finish its half of it; the stream goes on.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else {
            promise?.succeed()
            return
        }
        context.close(mode: mode, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func didClose() {
        guard phase != .closed else { return }
        phase = .closed
        context = nil
        pending = Pending()
        closing?.cancel()
        shard.remove(self)
        onClose()
    }
}
