package import Invalidation
package import Metrics
package import NIOCore
import Synchronization

/// Brings each invalidation to the streams that may hear it.
///
/// The streams are sharded by event loop. ``publish(_:)`` is called by one task at a time, the calls of ``SessionStreams`` under
/// one lock; what they cause happens on every loop in the order in which they were called (see ``ShardQueue``).
package final class Hub: Sendable {
    let shards: [ObjectIdentifier: NIOLoopBoundBox<Shard>]
    private let queues: [ShardQueue]
    private let archive: Archive
    private let current = Mutex(Controls.none)
    private let isShuttingDown = Atomic(false)

    /// The loops in order, for streams that may run on any of them, and whose turn it is.
    private let boxes: [NIOLoopBoundBox<Shard>]
    private let nextTurn = Atomic<UInt>(0)

    package let census: StreamCensus
    let onlookers = Onlookers()

    /// Those who follow in this process.
    package let followers = Followers()

    package init(
        eventLoops: [any EventLoop],
        configuration: HubConfiguration = .init(),
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        let metrics = StreamMetrics(metrics)
        let archive = Archive(limit: configuration.history)
        self.archive = archive
        census = StreamCensus(streamsPerUser: configuration.streamsPerUser, streams: configuration.streams)
        let audience = Audience()
        var shards: [ObjectIdentifier: NIOLoopBoundBox<Shard>] = [:]
        for eventLoop in eventLoops {
            let shard = Shard(
                eventLoop: eventLoop,
                configuration: configuration,
                archive: archive,
                audience: audience,
                metrics: metrics
            )
            let box = NIOLoopBoundBox.makeBoxSendingValue(shard, eventLoop: eventLoop)
            eventLoop.execute { box.value.start() }
            shards[ObjectIdentifier(eventLoop)] = box
        }
        self.shards = shards
        boxes = Array(shards.values)
        queues = shards.values.map { ShardQueue($0) }
    }

    /// The newest position, or nil while none is known; a stream cannot begin before.
    package var position: Position? { archive.position }

    /// How much is kept for clients that come back.
    package var historySize: HistorySize { archive.size }

    /// What holds for what is published now.
    package var controls: Controls { current.withLock { $0 } }

    /// Whether a stream can begin: there is a history, and the service is not shutting down.
    package var isOpen: Bool { !isShuttingDown.load(ordering: .relaxed) && archive.position != nil }

    /// Takes in what the listener heard and hands it to every shard.
    package func publish(_ feed: Feed) {
        switch feed {
        case .began(let position, let floor, let entries):
            let mark = archive.begin(position: position, floor: floor, entries: entries)
            onEachLoop { $0.begin(mark, position: position) }
            followers.reset(.gap)
        case .advanced(let batch, let horizon):
            guard let (mark, position) = archive.append(batch, horizon: horizon) else { return }
            // The history keeps all of it: what is disabled when somebody comes back is not what is disabled now.
            let disabled = controls.disabled
            let told = disabled.isEmpty ? batch : batch.compactMap { $0.without(disabled) }
            for queue in queues { queue.deliver(told, until: mark, position: position) }
            followers.hear(told)
            if onlookers.areThere { account(for: batch) }
        case .controlled(let controls):
            current.withLock { $0 = controls }
            archive.disable(controls.disabled)
            onEachLoop { $0.obey(controls) }
            followers.obey(controls)
        }
    }

    /// Begins to follow what is published in some scopes and in `*`, or in all, from now on; it ends when nobody holds it.
    package func follow(_ scopes: Set<Scope>?) -> Follower { followers.join(scopes) }

    /// Makes `channel` a stream: adds its handler and writes the response's head and `welcome`.
    ///
    /// - Parameters:
    ///   - handler: the handler of the pipeline behind which the stream's stands, at the end where it is nil; what
    ///     the stream writes passes it.
    ///   - onClose: called once when the stream has ended, also where it could not begin.
    /// - Precondition: called on the channel's event loop, which is one of the hub's; bytes written to the pipeline go to
    ///   the client as they are; the census has counted the stream.
    package func open(
        _ request: StreamRequest,
        on channel: any Channel,
        after handler: (any ChannelHandler)? = nil,
        onClose: @escaping @Sendable () -> Void = {}
    ) throws {
        guard let box = shards[ObjectIdentifier(channel.eventLoop)] else {
            preconditionFailure("a stream's channel runs on an event loop that is not the hub's")
        }
        let shard = box.value
        let leave = leave(request, onClose)
        let stream = ClientStream(request, shard: shard, onClose: leave)
        let outlet = ChannelOutlet(stream)
        do {
            try channel.pipeline.syncOperations.addHandler(outlet, position: handler.map { .after($0) } ?? .last)
        } catch {
            leave()
            throw error
        }
        shard.open(stream)
    }

    /// Begins a stream whose bytes another server sends as the body of a response; they are asked for with
    /// ``ResponseOutlet/next()``.
    ///
    /// - Parameter onClose: called once when the stream has ended, on one of the loops.
    /// - Precondition: the census has counted the stream.
    package func open(_ request: StreamRequest, onClose: @escaping @Sendable () -> Void = {}) -> ResponseOutlet {
        let turn = Int(nextTurn.wrappingAdd(1, ordering: .relaxed).oldValue % UInt(queues.count))
        let box = boxes[turn]
        let outlet = ResponseOutlet(box.eventLoop)
        let leave = leave(request, onClose)
        box.eventLoop.execute {
            let stream = ClientStream(request, shard: box.value, onClose: leave)
            outlet.begin(stream)
            box.value.open(stream)
        }
        return outlet
    }

    private func leave(_ request: StreamRequest, _ onClose: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let user = request.session.session?.userID
        return { [census] in
            census.leave(user)
            onClose()
        }
    }

    /// The whole body of a response to a client that is to come back later (CONTRACT.md §6).
    ///
    /// - Parameter position: what the client came with, which it keeps.
    package static func unavailableBody(for position: Position?) -> ByteBuffer {
        let goaway = StreamEvent.goaway(.unavailable)
        var event = EncodedEvent(goaway, id: position?.text, retry: .random(in: 5_000...10_000))
        return event.bytes(.untilClose)
    }

    /// Ends every stream with `goaway` and begins no other.
    package func shutDown() {
        isShuttingDown.store(true, ordering: .relaxed)
        onEachLoop { $0.shutDown() }
    }

    func onEachLoop(_ body: @escaping @Sendable (Shard) -> Void) {
        for queue in queues { queue.call(body) }
    }

    /// Looks at every shard, behind all that has been published before.
    ///
    /// - Parameter answer: called once with what was seen at each, on one of the loops.
    func lookAtEachLoop<Part: Sendable>(
        _ question: @escaping @Sendable (Shard) -> Part,
        answer: @escaping @Sendable ([Part]) -> Void
    ) {
        let gathering = Gathering(queues.count, whenComplete: answer)
        for queue in queues { queue.look { gathering.add(question($0)) } }
    }
}

extension Hub: SessionStreams {
    package func hold(_ sessions: [LiveSession]) {
        for session in sessions { session.setHeld(true) }
        onEachLoop { $0.hold(sessions) }
    }

    package func release(_ sessions: [LiveSession]) {
        for session in sessions { session.setHeld(false) }
        onEachLoop { $0.release(sessions) }
    }

    package func regrant(_ session: LiveSession) { onEachLoop { $0.regrant(session) } }

    package func end(_ session: LiveSession, _ reason: GoawayReason) {
        session.end(reason)
        onEachLoop { $0.end(session, reason) }
    }
}
