/// How long it took from a statement to the client's read, counted by tenths of a millisecond.
struct Latencies: CustomStringConvertible {
    private static let unit = Duration.microseconds(100)

    /// The last one stands for all that took longer.
    private var counts = Array(repeating: 0, count: 100_000)
    private(set) var count = 0

    mutating func add(_ latency: Duration) {
        counts[min(max(Int(latency / Self.unit), 0), counts.count - 1)] += 1
        count += 1
    }

    /// In milliseconds; nil of none.
    func quantile(_ share: Double) -> Double? {
        guard count > 0 else { return nil }
        var left = Int(Double(count - 1) * share)
        for (bucket, count) in counts.enumerated() {
            guard left >= count else { return Double(bucket + 1) / 10 }
            left -= count
        }
        return nil
    }

    var description: String {
        guard let middle = quantile(0.5), let high = quantile(0.99) else { return "none" }
        return "p50 \(middle) ms, p99 \(high) ms, of \(count)"
    }
}
