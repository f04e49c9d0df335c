import Synchronization
import TestSupport

/// Where a round stands: first the storm, in which everybody does as the dice say, then the calm, in which all comes to
/// an end that is known.
package final class Stage: Sendable {
    private let calm = Latch()
    private let goal = Mutex<StreamPosition?>(nil)
    private let asynchronous = Atomic(0)

    /// The storm is over: no more transactions, no more mischief.
    var isCalm: Bool { calm.isOpen }

    func beCalm() { calm.open() }

    /// Sleeps, but not into the calm, nor after the task was cancelled.
    func pause(_ duration: Duration) async {
        _ = try? await withDeadline("the calm", within: duration) { [calm] in try await calm.wait() }
    }

    /// Where every client has to come to; known when everything has ended that could move it.
    var end: StreamPosition? {
        get { goal.withLock { $0 } }
        set { goal.withLock { $0 = newValue } }
    }

    /// While this is so, all commits are asynchronous, so that a crash loses some.
    var isCareless: Bool { asynchronous.load(ordering: .relaxed) > 0 }

    func beCareless(_ careless: Bool) { asynchronous.add(careless ? 1 : -1, ordering: .relaxed) }
}
