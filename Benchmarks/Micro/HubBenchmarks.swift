import Benchmark
import EventStream
import Invalidation

/// From the listener's batch to what 10,000 channels are handed: everything but the kernel.
func hubBenchmarks() {
    // One invalidation that everybody hears.
    measure("publish to 10,000 channels", scale: .one) {
        (try Audience(10_000), try Sample.invalidation(42, scope: "global"))
    } _: { audience, invalidation in
        audience.publish([invalidation])
    }

    // One batch of fifty invalidations for a user each, of 10,000 users with a stream each.
    measure("publish a batch of 50 users", scale: .one) {
        (try Audience(10_000), try (0..<50).map { try Sample.invalidation($0, scope: "user/\($0 * 199)") })
    } _: { audience, batch in
        audience.publish(batch)
    }
}
