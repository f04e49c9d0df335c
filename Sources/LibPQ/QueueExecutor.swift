import Dispatch

/// Runs the jobs of an actor on one dispatch queue, so that the handler of a dispatch source on that queue is already
/// inside the actor.
///
/// Dispatch has this as `DispatchSerialQueue`, but not on Linux. A queue that libpq blocks (it resolves host names in
/// `PQconnectStart`) holds a thread of Dispatch's own, never one of the cooperative pool.
final class QueueExecutor: SerialExecutor {
    let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
