/// Runs a task on a connection's thread, for whoever takes what the connection gives: it is handed over by the thread that
/// has just read it, where the cooperative pool would have to wake another one.
///
/// Such a task must not take long at a time, because nothing is read meanwhile.
package final class ThreadTaskExecutor: TaskExecutor {
    private let thread: ConnectionThread

    init(_ thread: ConnectionThread) { self.thread = thread }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        thread.post { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
