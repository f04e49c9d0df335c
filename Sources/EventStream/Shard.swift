import Invalidation
import NIOCore

/// The streams of one event loop, and the index from scope to stream.
///
/// Everything here runs on that loop, so nothing is locked. The hub hands in each batch of invalidations in order.
final class Shard {
    /// A stream gets its heartbeat in one of so many parts of the interval, so that they do not all come at once.
    private static let slices = 16

    let eventLoop: any EventLoop
    private let configuration: HubConfiguration
    private let archive: Archive

    private var streams: [ClientStream] = []
    private var hearers: [Scope: StreamList] = [:]
    private var bySession: [ObjectIdentifier: [ClientStream]] = [:]
    private var delivered = Archive.Mark.nothing
    private var slice = 0
    private var ticking: RepeatedTask?
    private var isShuttingDown = false

    /// The position of everything that has been handed to the streams here, as text.
    private(set) var position = ""

    init(eventLoop: any EventLoop, configuration: HubConfiguration, archive: Archive) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.archive = archive
    }

    func start() {
        let interval = TimeAmount.nanoseconds(max(configuration.heartbeat.nanoseconds / Int64(Self.slices), 1_000_000))
        let shard = NIOLoopBound(self, eventLoop: eventLoop)
        ticking = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in shard.value.tick() }
    }

    // MARK: Opening and closing

    /// Begins a stream: what the client missed and what comes next meet without a gap, because both are decided here,
    /// on the loop, against what has been delivered so far.
    func open(_ stream: ClientStream, _ request: StreamRequest) {
        guard !isShuttingDown else { return stream.end(.shutdown) }
        guard let past = archive.past(for: request.resume, before: delivered) else {
            // A new history has been begun and is on its way here: what it says comes first.
            let waiting = NIOLoopBound((self, stream), eventLoop: eventLoop)
            return eventLoop.execute {
                let (shard, stream) = waiting.value
                shard.open(stream, request)
            }
        }
        add(stream)
        let session = request.session.session
        let welcome = StreamEvent.welcome(
            user: session?.userID,
            scopes: request.session.grants.scopes,
            resumed: past.isResumed
        )
        // Until what was missed has been written, the client keeps the position that it came with.
        let id = request.resume.position?.text ?? position
        stream.begin(
            head: request.head,
            welcome: EncodedEvent(welcome, id: id, retry: Self.reconnectJitter()),
            position: id,
            isHeld: request.session.isHeld
        )
        if let reason = past.reset { stream.keep(reset: reason) }
        let grants = request.session.grants
        for invalidation in past.missed where grants.hears(invalidation.scope) { stream.keep(invalidation) }
        stream.finishBeginning()
        if let reason = request.session.ended { stream.end(reason) }
    }

    func remove(_ stream: ClientStream) {
        guard let slot = stream.membership.slot else { return }
        stream.membership.slot = nil
        let last = streams.removeLast()
        if slot < streams.count {
            streams[slot] = last
            last.membership.slot = slot
        }
        leaveScopes(stream)
        let key = ObjectIdentifier(stream.session)
        bySession[key]?.removeAll { $0 === stream }
        if bySession[key]?.isEmpty == true { bySession[key] = nil }
    }

    private func add(_ stream: ClientStream) {
        stream.membership.slot = streams.count
        streams.append(stream)
        bySession[ObjectIdentifier(stream.session), default: []].append(stream)
        joinScopes(stream)
    }

    private func joinScopes(_ stream: ClientStream) {
        for scope in stream.session.grants.scopes {
            let list = hearers[scope] ?? StreamList(scope)
            hearers[scope] = list
            list.append(stream)
        }
    }

    private func leaveScopes(_ stream: ClientStream) {
        for (list, index) in stream.membership.scopes {
            list.remove(at: index)
            if list.streams.isEmpty { hearers[list.scope] = nil }
        }
        stream.membership.scopes = []
    }

    // MARK: Delivering

    func begin(_ mark: Archive.Mark, position: Position) {
        let isFirst = delivered == .nothing
        delivered = mark
        self.position = position.text
        guard !isFirst else { return }
        for stream in streams {
            stream.keep(reset: .gap)
            stream.flush()
        }
    }

    func deliver(_ batch: [Invalidation], until mark: Archive.Mark, position: Position) {
        delivered = mark
        self.position = position.text
        guard !batch.isEmpty else { return }
        var touched: [ClientStream] = []
        for (index, invalidation) in batch.enumerated() {
            let streams = invalidation.scope == .everyone ? streams : hearers[invalidation.scope]?.streams ?? []
            for stream in streams {
                if stream.hearing.isEmpty { touched.append(stream) }
                stream.hearing.append(index)
            }
        }
        var encoder = BatchEncoder(batch, position: self.position)
        for stream in touched {
            let hearing = stream.hearing
            stream.hearing = []
            if stream.isReady {
                if let event = encoder.event(for: hearing, filter: stream.filter) {
                    stream.write(event, position: self.position)
                }
            } else {
                for index in hearing { stream.keep(batch[index]) }
                stream.flush()
            }
        }
    }

    // MARK: Sessions

    func hold(_ sessions: [LiveSession]) { each(sessions) { $0.hold() } }

    func release(_ sessions: [LiveSession]) { each(sessions) { $0.release() } }

    func regrant(_ session: LiveSession) {
        each([session]) { stream in
            self.leaveScopes(stream)
            self.joinScopes(stream)
            stream.keep(reset: .scopes)
            stream.flush()
        }
    }

    func end(_ session: LiveSession, _ reason: GoawayReason) { each([session]) { $0.end(reason) } }

    func shutDown() {
        isShuttingDown = true
        ticking?.cancel()
        for stream in streams { stream.end(.shutdown, retry: Self.reconnectJitter()) }
    }

    private func each(_ sessions: [LiveSession], _ body: (ClientStream) -> Void) {
        for session in sessions {
            for stream in bySession[ObjectIdentifier(session)] ?? [] { body(stream) }
        }
    }

    // MARK: Time

    private func tick() {
        slice = (slice + 1) % Self.slices
        let heartbeat = EncodedEvent(nil, id: position)
        let patience = NIODeadline.now() - configuration.patience
        // Backwards, because a stream that ends at once is taken out and the last one takes its slot.
        for slot in stride(from: 0, to: streams.count, by: 1).reversed() where slot % Self.slices == slice {
            guard slot < streams.count else { continue }
            let stream = streams[slot]
            if stream.hasStalled(since: patience) { stream.end(.slow) } else { stream.beat(heartbeat) }
        }
    }

    /// Milliseconds that a client waits before it reconnects, spread so that not all come back at once.
    static func reconnectJitter() -> Int { Int.random(in: 1_000...4_000) }
}
