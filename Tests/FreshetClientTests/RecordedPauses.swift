import Synchronization

@testable import FreshetClient

/// The waits of a client under test: none takes any time, and each is kept.
final class RecordedPauses: Sendable {
    private let durations = Mutex<[Duration]>([])

    var all: [Duration] { durations.withLock { $0 } }

    func timing(_ random: any RandomNumberGenerator & Sendable) -> Timing {
        Timing(
            pause: { [self] duration in
                durations.withLock { $0.append(duration) }
                try Task.checkCancellation()
            },
            random: random
        )
    }
}
