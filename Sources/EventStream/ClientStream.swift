import Invalidation
import NIOCore

/// One open stream: what its client has been told, and has yet to be told; a member of its shard.
///
/// It lives on its shard's event loop. What cannot be written now is merged into ``Pending`` and written when its outlet
/// can take it: there is no queue (CONTRACT.md §5).
final class ClientStream {
    private enum Phase { case opening, open, ending, closed }

    /// How long an outlet that is to be closed may take to write what it holds.
    private static let lingering = TimeAmount.seconds(5)

    // What every event touches stands first: with ten thousand streams, each line of the processor's cache that one takes
    // is fetched from memory.

    /// The descriptor to which an event can be written as it is; negative where that is not so.
    private var direct: CInt = -1
    private let framing: Framing
    private var phase = Phase.opening { didSet { settle() } }

    /// Whether nothing may be told before the session has been checked.
    private var isHeld = false { didSet { settle() } }

    /// Whether the channel has bytes that the kernel has not taken: nothing may overtake them, so nothing is written.
    private var isBehind = false { didSet { settle() } }

    /// Whether it was told something less than the least interval between two events ago.
    private var isCooling = false { didSet { settle() } }

    private let shard: Shard

    /// The invalidations of the batch being delivered that this stream hears; kept by the shard.
    var hearing = Hearing()
    let filter: TagFilter?

    /// The id that the client was given last, or came with.
    private(set) var position: Position?

    // What follows is for when something happens.

    private var pending = Pending() { didSet { settle() } }

    /// The way past the channel; nil where there is none.
    private var socket: DirectSocket?

    /// Where its bytes go; nil before it is there and once it has closed.
    private var outlet: (any StreamOutlet)?
    let session: LiveSession
    private let onClose: @Sendable () -> Void
    private let isPlain: Bool

    /// What the client came with; nothing once the stream has begun.
    private(set) var resume: StreamRequest.Resume

    /// The response's head, until it has been written.
    private var head: ByteBuffer?

    /// Since when the outlet has taken nothing more.
    private var stalledSince: NIODeadline?
    private var closing: Scheduled<Void>?

    /// Where this stream stands in its shard's lists; kept by the shard.
    var places: [StreamList.Place] = []

    init(_ request: StreamRequest, shard: Shard, onClose: @escaping @Sendable () -> Void) {
        session = request.session
        filter = request.filter
        resume = request.resume
        framing = request.framing
        isPlain = request.isPlain
        head = request.head
        if case .position(let position) = request.resume { self.position = position }
        self.shard = shard
        self.onClose = onClose
    }

    var isOpening: Bool { phase == .opening }

    /// Whether an event can be written as it is, with nothing before it.
    var isReady: Bool { direct >= 0 || (phase == .open && !isHeld && !isCooling && pending.isEmpty && isWritable) }

    private func settle() {
        let isFree = phase == .open && !isHeld && !isBehind && !isCooling && pending.isEmpty
        direct = isFree ? socket?.descriptor ?? -1 : -1
    }

    private var isWritable: Bool { socket != nil ? !isBehind : outlet?.isWritable == true }

    /// Gives it the place where its bytes go, once, before its shard opens it.
    func attach(_ outlet: any StreamOutlet) { self.outlet = outlet }

    // MARK: What the shard tells it

    /// Writes the response's head and `welcome`; ``finishBeginning()`` sends them on their way.
    func begin(welcome event: EncodedEvent, position: Position?, isHeld: Bool) {
        guard phase == .opening, let outlet else { return }
        phase = .open
        self.position = position
        self.isHeld = isHeld
        writeHead()
        var event = event
        shard.tally.countEvent(reset: nil)
        shard.tally.bytes += event.count(framing)
        outlet.write(event.bytes(framing))
    }

    /// Writes what the client has to be told of the past, and flushes all of it at once.
    func finishBeginning() {
        guard let outlet else { return }
        if phase == .open, !isHeld, !shard.isPaused, !pending.isEmpty {
            var event = takePending()
            position = shard.position
            shard.tally.countEvent(reset: event.reset)
            shard.tally.bytes += event.count(framing)
            outlet.write(event.bytes(framing))
            cool()
        }
        resume = .none
        // Whatever the connection carried before has gone this way too; once all of it is written, the channel is empty.
        if isPlain { socket = outlet.directSocket }
        guard socket != nil else {
            outlet.flush()
            return noteStall()
        }
        fallBehind(outlet)
    }

    /// Writes an event that many streams share. Only while ``isReady``.
    func write(_ event: inout EncodedEvent, position: Position?) {
        self.position = position
        shard.tally.countEvent(reset: event.reset)
        put(&event)
        cool()
    }

    /// Keeps what comes in the next moment, so that it is told at once then.
    private func cool() {
        guard shard.cool(self) else { return }
        isCooling = true
    }

    /// The least interval has passed.
    func warm() {
        isCooling = false
        flush()
    }

    /// Hands bytes to the kernel, and what it does not take to the channel.
    private func put(_ event: inout EncodedEvent) {
        shard.tally.bytes += event.count(framing)
        guard let descriptor = direct >= 0 ? direct : socket?.descriptor else {
            outlet?.write(event.bytes(framing))
            outlet?.flush()
            return noteStall()
        }
        assert(outlet?.isActive == true, "the descriptor of a channel that is closed")
        let taken = unsafe event.withBytes(framing) { unsafe DirectSocket.send($0, to: descriptor) }
        if taken != event.count(framing) { put(&event, after: taken) }
    }

    private func put(_ event: inout EncodedEvent, after taken: Int?) {
        guard let outlet else { return }
        guard let taken else { return outlet.close() }
        var rest = event.bytes(framing)
        rest.moveReaderIndex(forwardBy: taken)
        outlet.write(rest)
        fallBehind(outlet)
    }

    /// Nothing is written before the channel has written what it has.
    private func fallBehind(_ outlet: any StreamOutlet) {
        isBehind = true
        stalledSince = shard.eventLoop.now
        outlet.flush {
            self.isBehind = false
            self.stalledSince = nil
            self.flush()
        }
    }

    private func noteStall() {
        if stalledSince == nil, !isWritable { stalledSince = shard.eventLoop.now }
    }

    /// - Parameter hearers: how many streams are told the same.
    func keep(_ invalidation: Invalidation, hearers: Int = 0) {
        guard phase == .open else { return }
        shard.tally.merged += 1
        pending.add(invalidation, filter: filter, hearers: hearers)
    }

    /// Keeps what the client missed; it has been through the filter.
    ///
    /// - Parameter hearers: how many streams are told what they missed at the same time.
    func keep(_ missed: Pending, hearers: Int = 0) {
        guard phase == .open, !missed.isEmpty else { return }
        var missed = missed
        missed.spread(over: hearers)
        pending.add(missed)
    }

    func keep(reset reason: ResetReason, hearers: Int = 0) {
        if phase == .open { pending.add(reset: reason, hearers: hearers) }
    }

    /// Forgets what is not to be told any more.
    func drop(_ tags: TagSet) { if !pending.isEmpty { pending.remove(tags) } }

    func takeHearing() -> Hearing {
        defer { hearing = Hearing() }
        return hearing
    }

    /// Writes what is pending if that can be written now.
    func flush() {
        guard phase == .open, !isHeld, !shard.isPaused, !isCooling, !pending.isEmpty, isWritable else { return }
        var event = takePending()
        write(&event, position: shard.position)
    }

    private func takePending() -> EncodedEvent {
        defer { pending = Pending() }
        return EncodedEvent(pending.event, id: shard.position?.text, spread: pending.spread)
    }

    func hold() { isHeld = true }

    func release() {
        isHeld = false
        flush()
    }

    /// Moves the client's resume point, or, where something is still to be told, only shows that the stream lives.
    func beat(_ heartbeat: inout EncodedEvent) {
        guard phase == .open else { return }
        guard isWritable else { return noteStall() }
        shard.tally.heartbeats += 1
        if !isHeld, !shard.isPaused, pending.isEmpty {
            position = shard.position
            put(&heartbeat)
        } else {
            var heartbeat = EncodedEvent(nil, id: position?.text)
            put(&heartbeat)
        }
    }

    /// Whether the client has left everything unread since `deadline`.
    func hasStalled(since deadline: NIODeadline) -> Bool { stalledSince.map { $0 < deadline } ?? false }

    /// Writes `goaway` and closes. Nothing that was kept is told any more.
    ///
    /// A client that does not read would keep the connection, and what it was last sent, for as long as it likes: it has
    /// ``lingering`` to take the rest.
    func end(_ reason: GoawayReason, retry: Int? = nil) {
        guard phase == .open || phase == .opening, let outlet else { return }
        phase = .ending
        pending = Pending()
        closing = shard.eventLoop.assumeIsolated().scheduleTask(in: Self.lingering) { outlet.close() }
        writeHead()
        var goaway = EncodedEvent(.goaway(reason), id: position?.text, retry: retry)
        shard.tally.countEvent(reset: nil)
        shard.tally.goaways[reason, default: 0] += 1
        shard.tally.bytes += goaway.count(framing)
        outlet.write(goaway.bytes(framing))
        outlet.finish(framing)
    }

    private func writeHead() {
        guard let head else { return }
        self.head = nil
        outlet?.write(head)
    }

    // MARK: What the outlet tells it

    /// It can be written to again, or no longer.
    ///
    /// Of what is written past a channel the channel's own state says nothing.
    func outletDidChange(isWritable: Bool) {
        guard socket == nil else { return }
        if isWritable {
            stalledSince = nil
            flush()
        }
        // It may have filled up again meanwhile.
        noteStall()
    }

    /// The server is asked to stop.
    func outletWillShutDown() { end(.shutdown, retry: Shard.reconnectJitter()) }

    /// Nothing goes to the client any more.
    func outletDidClose() {
        guard phase != .closed else { return }
        phase = .closed
        socket = nil
        outlet = nil
        pending = Pending()
        closing?.cancel()
        shard.remove(self)
        onClose()
    }
}
