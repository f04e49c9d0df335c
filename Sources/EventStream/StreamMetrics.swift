import Invalidation
import Metrics

/// What is counted and measured of the streams. Their names are described in `MetricDescription`.
struct StreamMetrics: Sendable {
    private let events: Counter
    private let heartbeats: Counter
    private let bytes: Counter
    private let merged: Counter
    private let resets: [ResetReason: Counter]
    private let goaways: [GoawayReason: Counter]
    private let delivery: Timer

    init(_ factory: any MetricsFactory) {
        events = Counter(label: "freshet_events_total", factory: factory)
        heartbeats = Counter(label: "freshet_heartbeats_total", factory: factory)
        bytes = Counter(label: "freshet_written_bytes_total", factory: factory)
        merged = Counter(label: "freshet_merged_total", factory: factory)
        resets = Self.counters("freshet_resets_total", factory)
        goaways = Self.counters("freshet_goaways_total", factory)
        delivery = Timer(label: "freshet_delivery_seconds", factory: factory)
    }

    /// One for each reason, so that those are told from the start that have not occurred.
    private static func counters<Reason: RawRepresentable<String> & CaseIterable & Hashable>(
        _ label: String,
        _ factory: any MetricsFactory
    ) -> [Reason: Counter] {
        Dictionary(
            uniqueKeysWithValues: Reason.allCases.map {
                ($0, Counter(label: label, dimensions: [("reason", $0.rawValue)], factory: factory))
            }
        )
    }

    func didDeliver(in nanoseconds: Int64) { delivery.recordNanoseconds(nanoseconds) }

    func add(_ tally: StreamTally) {
        for (counter, count) in [
            (events, tally.events), (heartbeats, tally.heartbeats), (bytes, tally.bytes), (merged, tally.merged),
        ] where count > 0 {
            counter.increment(by: count)
        }
        for (reason, count) in tally.resets { resets[reason]?.increment(by: count) }
        for (reason, count) in tally.goaways { goaways[reason]?.increment(by: count) }
    }
}

/// What one shard has counted since it last said so: plain numbers, since a stream is written to tens of thousands of
/// times a second.
struct StreamTally {
    var events = 0
    var heartbeats = 0
    var bytes = 0
    var merged = 0
    var resets: [ResetReason: Int] = [:]
    var goaways: [GoawayReason: Int] = [:]

    /// - Parameter reset: why it says so, where it tells the client to refetch all.
    mutating func countEvent(reset: ResetReason?) {
        events += 1
        if let reset { resets[reset, default: 0] += 1 }
    }
}
