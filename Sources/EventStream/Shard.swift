import DequeModule
import Invalidation
import NIOCore

/// The streams of one event loop, and the index from scope to stream.
///
/// Everything here runs on that loop, so nothing is locked. The hub hands in each batch of invalidations in order.
///
/// A write can call back at once: its own channel closes, or another one on the same connection becomes writable. So
/// lists are gone through as they were, and a batch's position is not a stream's before its share of the batch is.
final class Shard {
    /// A stream gets its heartbeat in one of so many parts of the interval, so that they do not all come at once.
    private static let slices = 16

    /// How many streams' events are encoded before they are written.
    private static let turn = 64

    /// A stream's first two lists are everyone's and its session's; those of its scopes follow.
    private static let listsBeforeScopes = 2

    let eventLoop: any EventLoop
    private let configuration: HubConfiguration
    private let archive: Archive
    private let audience: Audience
    private let metrics: StreamMetrics

    /// What has been counted since it was last reported.
    var tally = StreamTally()

    /// None of them is empty.
    private var lists: [StreamList.Key: StreamList] = [:]
    private var delivered = Archive.Mark.nothing
    private(set) var controls = Controls.none

    /// The streams that were told something less than the least interval ago, the longest ago first.
    private var cooling: Deque<(until: NIODeadline, stream: ClientStream)> = []
    private var isWarming = false
    private var slice = 0
    private var ticking: RepeatedTask?
    private var isShuttingDown = false

    /// The position of everything that has been handed to the streams here; nil before the first beginning.
    private(set) var position: Position?

    /// Whether nothing is told to any stream, whose positions stand still.
    var isPaused: Bool { controls.isPaused }

    /// Whether nothing is kept of any stream, scope or session.
    var isEmpty: Bool { lists.isEmpty }

    init(
        eventLoop: any EventLoop,
        configuration: HubConfiguration,
        archive: Archive,
        audience: Audience,
        metrics: StreamMetrics
    ) {
        self.metrics = metrics
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.archive = archive
        self.audience = audience
    }

    func start() {
        let interval = TimeAmount.nanoseconds(max(configuration.heartbeat.nanoseconds / Int64(Self.slices), 1_000_000))
        let shard = NIOLoopBound(self, eventLoop: eventLoop)
        ticking = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in shard.value.tick() }
    }

    // MARK: Opening and closing

    /// Begins a stream: what the client missed and what comes next meet without a gap, because both are decided here,
    /// on the loop, against what has been delivered so far.
    func open(_ stream: ClientStream) {
        guard stream.isOpening else { return }
        guard !isShuttingDown else { return stream.end(.shutdown, retry: Self.reconnectJitter()) }
        let session = stream.session
        // Read once: the grants may be replaced at any moment, and `regrant` follows then.
        let current = session.session
        let grants = current?.grants ?? .anonymous
        guard
            let past = archive.past(
                for: stream.resume,
                before: delivered,
                grants: grants,
                filter: stream.filter
            )
        else {
            // A new history has been begun and is on its way here: what it says comes first.
            return join([.waiting], stream)
        }
        join([.scope(.everyone), .session(ObjectIdentifier(session))], stream)
        join(grants.scopes.map { .scope($0) }, stream)
        // Until what was missed has been written, the client keeps the position that it came with.
        let id = stream.position ?? position
        let welcome = StreamEvent.welcome(user: current?.userID, scopes: grants.scopes, resumed: past.isResumed)
        stream.begin(
            welcome: EncodedEvent(welcome, id: id?.text, retry: Self.reconnectJitter()),
            position: id,
            isHeld: session.isHeld
        )
        if let reason = session.ended { return stream.end(reason) }
        // In a pause the client keeps its position, from which it is told at the end; a position that is none tells nothing.
        if !isPaused || past.missed.isReset { stream.keep(past.missed) }
        stream.finishBeginning()
    }

    func remove(_ stream: ClientStream) { leave(stream) }

    private func join(_ keys: [StreamList.Key], _ stream: ClientStream) {
        for key in keys { change(key) { $0.append(stream, key: key) } }
    }

    /// Takes a stream out of all its lists but the first `count` that it joined.
    private func leave(_ stream: ClientStream, after count: Int = 0) {
        while stream.places.count > count, let place = stream.places.popLast() {
            change(place.key) { $0.remove(place) }
        }
    }

    private func change(_ key: StreamList.Key, _ body: (inout StreamList) -> Void) {
        body(&lists[key, default: StreamList()])
        guard let list = lists[key] else { return }
        tellAudience(of: list, key)
        if list.isEmpty { lists[key] = nil }
    }

    private func tellAudience(of list: StreamList, _ key: StreamList.Key) {
        guard case .scope(let scope) = key else { return }
        let count = list.count >= Audience.least ? list.count : 0
        guard count != list.told else { return }
        audience.change(scope, by: count - list.told)
        lists[key]?.told = count
    }

    /// How many streams hear a scope: those here where they are few, else those of all shards.
    private func hearers(of list: StreamList, _ scope: Scope) -> Int {
        list.told > 0 ? audience.count(scope) : list.count
    }

    func streams(_ key: StreamList.Key) -> StreamList { lists[key] ?? StreamList() }

    // MARK: Delivering

    /// - Parameter published: when the oldest of the batch came in here.
    func deliver(_ batch: [Invalidation], until mark: Archive.Mark, position: Position, published: NIODeadline) {
        let before = tally
        deliver(batch, until: mark, position: position)
        // Where nobody here hears of it there is nothing to measure.
        guard tally.events > before.events || tally.merged > before.merged else { return }
        metrics.didDeliver(in: (eventLoop.now - published).nanoseconds)
        report()
    }

    private func report() {
        metrics.add(tally)
        tally = StreamTally()
    }

    func begin(_ mark: Archive.Mark, position: Position) {
        delivered = mark
        self.position = position
        let streams = streams(.scope(.everyone))
        let hearers = hearers(of: streams, .everyone)
        for stream in streams { stream.keep(reset: .gap, hearers: hearers) }
        for stream in streams { stream.flush() }
        for stream in self.streams(.waiting) {
            leave(stream)
            open(stream)
        }
    }

    private func deliver(_ batch: [Invalidation], until mark: Archive.Mark, position: Position) {
        delivered = mark
        // Only at the end: a stream that is flushed in the middle, by a write that calls back, may not have its share of
        // the batch yet, and the older position promises less.
        defer { self.position = position }
        guard !batch.isEmpty, !isPaused else { return }
        if batch.count == 1 { return deliver(batch[0], position: position) }
        let (streams, hearers) = hearers(of: batch)
        tell(streams, of: BatchEncoder(batch, hearers: hearers, position: position))
    }

    /// As above, of a batch of one, with nothing noted in the streams.
    private func deliver(_ only: Invalidation, position: Position) {
        guard let list = lists[.scope(only.scope)] else { return }
        var hearing = Hearing()
        hearing.add(0)
        let hearers = hearers(of: list, only.scope)
        tell(list, of: BatchEncoder([only], hearers: [hearers], position: position), only: hearing)
    }

    /// Tells each stream what it hears of a batch.
    ///
    /// A few events are encoded before the first of them is written: so the processor keeps the kernel's code and data at
    /// hand from one write to the next.
    ///
    /// - Parameter only: what every one of them hears; nil where it is noted in them.
    private func tell(_ streams: some Sequence<ClientStream>, of encoder: BatchEncoder, only: Hearing? = nil) {
        var encoder = encoder
        var turn: [(stream: ClientStream, event: Int?)] = []
        turn.reserveCapacity(Self.turn)
        var next = streams.makeIterator()
        while true {
            while turn.count < Self.turn, let stream = next.next() {
                let event = stream.isReady ? encoder.event(for: only ?? stream.hearing, filter: stream.filter) : nil
                turn.append((stream, event))
            }
            guard !turn.isEmpty else { return }
            encoder.seal()
            for (stream, event) in turn {
                let hearing = only ?? stream.takeHearing()
                // One that a write before made ready is told like the others.
                if stream.isReady, let event = event ?? encoder.event(for: hearing, filter: stream.filter) {
                    encoder.seal()
                    stream.write(&encoder.events[event], position: encoder.position)
                } else {
                    hearing.forEach { stream.keep(encoder.batch[$0], hearers: encoder.hearers[$0]) }
                    stream.flush()
                }
            }
            turn.removeAll(keepingCapacity: true)
        }
    }

    /// The streams that hear anything of the batch, each once, with what it hears noted in it; and how many hear each
    /// invalidation.
    private func hearers(of batch: [Invalidation]) -> ([ClientStream], [Int]) {
        var counts = [Int](repeating: 0, count: batch.count)
        var touched: [ClientStream] = []
        touched.reserveCapacity(batch.count)
        // One step at a time for all of them: so the processor waits for what lies far away in memory for many at once.
        let found = batch.map { lists[.scope($0.scope)] }
        for (index, list) in found.enumerated() {
            guard let list else { continue }
            counts[index] = hearers(of: list, batch[index].scope)
            for stream in list {
                if stream.hearing.isEmpty { touched.append(stream) }
                stream.hearing.add(index)
            }
        }
        return (touched, counts)
    }

    // MARK: Controls

    /// Nothing is kept for a stream during a pause: at its end each is told what it missed from its own position on.
    func obey(_ controls: Controls) {
        let isResuming = isPaused && !controls.isPaused
        self.controls = controls
        let streams = streams(.scope(.everyone))
        let hearers = hearers(of: streams, .everyone)
        for stream in streams {
            if isResuming { stream.keep(missed(by: stream), hearers: hearers) }
            stream.drop(controls.disabled)
        }
        for stream in streams { stream.flush() }
    }

    private func missed(by stream: ClientStream) -> Pending {
        let resume = stream.position.map { StreamRequest.Resume.position($0) } ?? .unknown
        let grants = stream.session.session?.grants ?? .anonymous
        // Where a new history has begun, the word of that is on its way to all streams.
        return archive.past(for: resume, before: delivered, grants: grants, filter: stream.filter)?.missed ?? Pending()
    }

    // MARK: Sessions

    func hold(_ sessions: [LiveSession]) { each(sessions) { $0.hold() } }

    func release(_ sessions: [LiveSession]) { each(sessions) { $0.release() } }

    func regrant(_ session: LiveSession) {
        let scopes = session.grants.scopes.map { StreamList.Key.scope($0) }
        each([session]) { stream in
            self.leave(stream, after: Self.listsBeforeScopes)
            self.join(scopes, stream)
            stream.keep(reset: .scopes)
        }
        each([session]) { $0.flush() }
    }

    func end(_ session: LiveSession, _ reason: GoawayReason) { each([session]) { $0.end(reason) } }

    func shutDown() {
        isShuttingDown = true
        ticking?.cancel()
        for key in [StreamList.Key.scope(.everyone), .waiting] {
            for stream in streams(key) { stream.end(.shutdown, retry: Self.reconnectJitter()) }
        }
    }

    private func each(_ sessions: [LiveSession], _ body: (ClientStream) -> Void) {
        for session in sessions {
            for stream in streams(.session(ObjectIdentifier(session))) { body(stream) }
        }
    }

    // MARK: Time

    /// Has a stream that is being told something wait before it is told the next, where a least interval is set.
    func cool(_ stream: ClientStream) -> Bool {
        guard configuration.coalescing > .zero else { return false }
        cooling.append((eventLoop.now + configuration.coalescing, stream))
        scheduleWarming()
        return true
    }

    private func scheduleWarming() {
        guard !isWarming, let next = cooling.first else { return }
        isWarming = true
        let shard = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(deadline: next.until) { shard.value.warm() }
    }

    private func warm() {
        let now = eventLoop.now
        // Those that are told something now stand at the end again; they find the alarm set until this has ended.
        while let next = cooling.first, next.until <= now {
            cooling.removeFirst()
            next.stream.warm()
        }
        isWarming = false
        scheduleWarming()
    }

    private func tick() {
        defer { report() }
        slice = (slice + 1) % Self.slices
        var heartbeat = EncodedEvent(nil, id: position?.text)
        let patience = eventLoop.now - configuration.patience
        let streams = streams(.scope(.everyone))
        for index in stride(from: slice, to: streams.count, by: Self.slices) {
            let stream = streams[index]
            if stream.hasStalled(since: patience) { stream.end(.slow) } else { stream.beat(&heartbeat) }
        }
    }

    /// Milliseconds that a client waits before it reconnects, spread so that not all come back at once.
    static func reconnectJitter() -> Int { Int.random(in: 1_000...4_000) }
}
