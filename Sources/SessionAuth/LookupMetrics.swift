import Metrics

/// What is measured of session lookups. Their names are described in `MetricDescription`.
struct LookupMetrics: Sendable {
    private let time: Timer
    private let size: Recorder
    private let failures: [Failure: Counter]

    enum Failure: String, CaseIterable {
        /// The operator's function raised an error for a credential.
        case function

        /// The connection was lost under a round trip.
        case lost

        /// The database answered the round trip with an error.
        case refused

        /// Nobody could be asked: the database is away, or too many wait.
        case unreachable
    }

    init(_ factory: any MetricsFactory) {
        time = Timer(label: "freshet_session_lookup_seconds", factory: factory)
        size = Recorder(label: "freshet_session_lookup_size", factory: factory)
        failures = Dictionary(
            uniqueKeysWithValues: Failure.allCases.map {
                let dimensions = [("kind", $0.rawValue)]
                return ($0, Counter(label: "freshet_session_failures_total", dimensions: dimensions, factory: factory))
            }
        )
    }

    func didAnswer(_ credentials: Int, after duration: Duration) {
        time.recordNanoseconds(Int64(duration / .nanoseconds(1)))
        size.record(credentials)
    }

    func didFail(_ failure: Failure) { failures[failure]?.increment() }
}
