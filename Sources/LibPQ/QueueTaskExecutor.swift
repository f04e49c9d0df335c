import Dispatch

/// Runs a task on a connection's queue, for whoever takes what the connection gives: it is handed over on the thread that
/// has just read it, where the cooperative pool would have to wake another one.
///
/// Such a task must not take long at a time, because nothing is read meanwhile.
package final class QueueTaskExecutor: TaskExecutor {
    private let queue: DispatchQueue

    init(queue: DispatchQueue) { self.queue = queue }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
