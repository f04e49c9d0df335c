/// How long to wait before the next attempt: doubling up to a cap, with jitter so that replicas do not come in step.
package struct Backoff: Sendable {
    private let first: Duration
    private let cap: Duration
    private var step: Duration

    package init(first: Duration = .milliseconds(100), cap: Duration = .seconds(5)) {
        self.first = first
        self.cap = cap
        step = first
    }

    /// The next wait: between half of the step and the whole of it.
    package mutating func next() -> Duration {
        defer { step = min(step * 2, cap) }
        return step * Double.random(in: 0.5...1)
    }

    /// The attempt succeeded: the next wait is short again.
    package mutating func reset() { step = first }
}
