import DequeModule
import Invalidation
import NIOCore
import Synchronization

/// The way from the hub to one shard: what is called here happens on the shard's loop, in the same order.
///
/// A batch that the loop has not come to takes in the next one. So a loop that has fallen behind has one pass over its
/// streams before it, in which each is told all of it in one event, and not a pass for every batch: a queue would grow
/// for as long as more is published than can be written, and every client would be told later and later.
final class ShardQueue: Sendable {
    private struct Delivery {
        var batch: [Invalidation]
        var mark: Archive.Mark
        var position: Position
        let published: NIODeadline
    }

    private struct State {
        /// Those that have their turn on the loop, the oldest first.
        var waiting: Deque<Delivery> = []

        /// Whether nothing else has been called since the last of them: only then may it grow.
        var isLastOpen = false
    }

    private let box: NIOLoopBoundBox<Shard>
    private let state = Mutex(State())

    init(_ box: NIOLoopBoundBox<Shard>) { self.box = box }

    func deliver(_ batch: [Invalidation], until mark: Archive.Mark, position: Position) {
        // The loop is called under the lock, which it does not wait for: the order there is the order here.
        state.withLock { state in
            if state.isLastOpen, let last = state.waiting.indices.last {
                state.waiting[last].batch += batch
                state.waiting[last].mark = mark
                state.waiting[last].position = position
            } else {
                let now = box.eventLoop.now
                state.waiting.append(Delivery(batch: batch, mark: mark, position: position, published: now))
                state.isLastOpen = true
                box.eventLoop.execute { self.deliverNext() }
            }
        }
    }

    /// Nothing that is published after this is delivered before it.
    func call(_ body: @escaping @Sendable (Shard) -> Void) {
        state.withLock { state in
            state.isLastOpen = false
            box.eventLoop.execute { [box] in body(box.value) }
        }
    }

    /// As ``call(_:)``, but a delivery that waits may still grow: what is published after this may be delivered before it.
    ///
    /// Whoever looks on uses it, often. Closed by each look, deliveries to a loop that has fallen behind would no longer be
    /// joined, and its queue would grow.
    func look(_ body: @escaping @Sendable (Shard) -> Void) {
        box.eventLoop.execute { [box] in body(box.value) }
    }

    private func deliverNext() {
        let next = state.withLock { state in
            defer { if state.waiting.isEmpty { state.isLastOpen = false } }
            return state.waiting.popFirst()
        }
        guard let next else { return }
        box.value.deliver(next.batch, until: next.mark, position: next.position, published: next.published)
    }
}
