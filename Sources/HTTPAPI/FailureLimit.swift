import NIOCore
import Synchronization

/// How often one address may come with a credential that is none, before it is refused without a lookup.
///
/// Only failures count. Who has a session that is known here, from a stream that is open, is not refused for what others
/// behind the same address have done.
final class FailureLimit: Sendable {
    private struct State {
        var began = NIODeadline.now()
        var failures: [ClientAddress: Int] = [:]
    }

    private static let window = TimeAmount.minutes(1)

    /// The most addresses that are counted in a minute: a few megabytes.
    private static let most = 100_000

    private let limit: Int
    private let state = Mutex(State())

    /// Whether anybody has failed: mostly not, and then there is nothing to look up.
    private let isUsed = Atomic(false)

    /// - Parameter limit: how many failures an address has a minute; zero is no limit.
    init(_ limit: Int) { self.limit = limit }

    var isQuiet: Bool { !isUsed.load(ordering: .relaxed) }

    /// - Returns: after how many seconds the address may try again; nil where it may now.
    func wait(_ address: ClientAddress, now: NIODeadline = .now()) -> Int64? {
        state.withLock { state in
            turn(&state, now)
            guard state.failures[address, default: 0] >= limit else { return nil }
            return max((state.began + Self.window - now).nanoseconds / 1_000_000_000, 1)
        }
    }

    func note(_ address: ClientAddress, now: NIODeadline = .now()) {
        guard limit > 0 else { return }
        isUsed.store(true, ordering: .relaxed)
        state.withLock { state in
            turn(&state, now)
            if let count = state.failures[address] {
                state.failures[address] = count + 1
            } else if state.failures.count < Self.most {
                state.failures[address] = 1
            }
        }
    }

    private func turn(_ state: inout State, _ now: NIODeadline) {
        guard now - state.began >= Self.window else { return }
        state.began = now
        isUsed.store(!state.failures.isEmpty, ordering: .relaxed)
        state.failures = [:]
    }
}
