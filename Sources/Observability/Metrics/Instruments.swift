import Metrics
import Synchronization

/// A number that only grows.
final class Counted: CounterHandler, MetricInstrument {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { value.store(0, ordering: .relaxed) }

    var samples: [MetricSample] { [MetricSample(value: "\(value.load(ordering: .relaxed))")] }
}

/// A number that goes up and down.
final class Gauged: MeterHandler, RecorderHandler, MetricInstrument {
    private let value = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { self.value.withLock { $0 = value } }

    func increment(by amount: Double) { value.withLock { $0 += amount } }

    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    func record(_ value: Int64) { set(value) }

    func record(_ value: Double) { set(value) }

    var samples: [MetricSample] { [MetricSample(value: MetricSample.text(value.withLock { $0 }))] }
}

/// How often a value fell into each of a few ranges: a histogram. Times are in seconds.
final class Distribution: TimerHandler, RecorderHandler, MetricInstrument {
    private struct State {
        var counts: [Int64]
        var sum = 0.0
    }

    private let buckets: [Double]
    private let state: Mutex<State>

    /// - Parameter buckets: the upper bounds, rising; one without an end is added.
    init(buckets: [Double]) {
        self.buckets = buckets
        state = Mutex(State(counts: Array(repeating: 0, count: buckets.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let bucket = buckets.firstIndex { value <= $0 } ?? buckets.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    var samples: [MetricSample] {
        let state = state.withLock { $0 }
        var total: Int64 = 0
        var samples: [MetricSample] = []
        for (bound, count) in zip(buckets + [.infinity], state.counts) {
            total += count
            samples.append(MetricSample(suffix: "_bucket", bound: MetricSample.text(bound), value: "\(total)"))
        }
        samples.append(MetricSample(suffix: "_sum", value: MetricSample.text(state.sum)))
        samples.append(MetricSample(suffix: "_count", value: "\(total)"))
        return samples
    }
}
