/// When to connect again: never before the server's `retry`, doubling while attempts fail, with jitter so that clients
/// that lost one server do not come back in step.
struct Reconnection: Sendable {
    /// What WHATWG HTML §9.2.3 leaves to the client where the server has said nothing.
    private var base = Duration.seconds(1)
    private var failures = 0

    private static let cap = Duration.seconds(30)
    private static let shortest = Duration.milliseconds(100)
    private static let longest = Duration.seconds(3_600)

    /// The server has said how long to wait; neither a busy loop nor for ever.
    mutating func setRetry(milliseconds: Int) {
        base = max(Self.shortest, min(.milliseconds(milliseconds), Self.longest))
    }

    /// The stream has begun: the next wait is short again.
    mutating func succeed() { failures = 0 }

    /// - Parameter least: what an answer's `Retry-After` asks for (RFC 9110 §10.2.3), for this once.
    mutating func next(
        atLeast least: Duration = .zero,
        using random: inout some RandomNumberGenerator
    ) -> Duration {
        let step = min(base * (1 << min(failures, 10)), max(base, Self.cap))
        failures += 1
        return max(step, min(least, Self.longest)) * Double.random(in: 1...1.5, using: &random)
    }
}
