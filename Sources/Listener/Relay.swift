import Invalidation
import Metrics

/// Hands on, one after the other, what the listener's tasks bring: what is decided first is published first.
actor Relay {
    private var frontier = Frontier()
    private let publish: @Sendable (Feed) -> Void
    private let signal: @Sendable (SessionSignal) -> Void
    private let invalidations: Counter

    private var controls: UInt64?

    /// How many invalidations are published at once when much was missed.
    private static let catchUpBatch = 1_000

    init(
        publish: @escaping @Sendable (Feed) -> Void,
        signal: @escaping @Sendable (SessionSignal) -> Void,
        invalidations: Counter
    ) {
        self.publish = publish
        self.signal = signal
        self.invalidations = invalidations
    }

    var needed: Position? { frontier.needed }

    var request: LogRequest? { frontier.request }

    /// - Returns: what has been published.
    func attach(_ state: CatchUp) -> Feed {
        // Whatever their version is: it may be another database's, or that of a copy which was behind.
        controls = state.controls.version
        publish(.controlled(state.controls))
        let feed = frontier.attach(state)
        // Words about sessions may have been missed: nobody is told anything more before they have been checked.
        signal(.all)
        guard case .advanced(let missed, let horizon) = feed, missed.count > Self.catchUpBatch else {
            publish(feed)
            return feed
        }
        for start in stride(from: 0, to: missed.count, by: Self.catchUpBatch) {
            let end = min(start + Self.catchUpBatch, missed.count)
            publish(.advanced(Array(missed[start..<end]), horizon: 0))
        }
        publish(.advanced([], horizon: horizon))
        return feed
    }

    /// Whether these controls hold already, or newer ones.
    func obeys(_ version: UInt64) -> Bool { controls.map { $0 >= version } ?? false }

    /// - Parameter controls: as they were read from the database; older ones than those that hold change nothing.
    func obey(_ controls: Controls) {
        guard !obeys(controls.version) else { return }
        self.controls = controls.version
        publish(.controlled(controls))
    }

    func willBeat(_ nonce: String) { frontier.willBeat(nonce) }

    /// - Returns: what is left to do for the caller.
    func hear(_ payloads: some Sequence<String> & Sendable) -> [Frontier.Effect] { relay(frontier.hear(payloads)) }

    func take(_ page: LogPage, of request: LogRequest) throws -> [Frontier.Effect] {
        relay(try frontier.take(page, of: request))
    }

    private func relay(_ effects: [Frontier.Effect]) -> [Frontier.Effect] {
        effects.filter { effect in
            switch effect {
            case .publish(let feed):
                if case .advanced(let batch, _) = feed, !batch.isEmpty { invalidations.increment(by: batch.count) }
                publish(feed)
            case .signal(let session): signal(session)
            case .roundTrip, .settingsChanged, .skipped, .overflow: return true
            }
            return false
        }
    }
}
