/// Runs the jobs of an actor on a connection's thread, so that the handler of a socket there is already inside the actor.
final class ThreadExecutor: SerialExecutor {
    let thread: ConnectionThread

    init(_ thread: ConnectionThread) { self.thread = thread }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        thread.post { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() { precondition(thread.isCurrent, "this is not the thread of the connection") }
}
