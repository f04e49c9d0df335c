import Dispatch
import Synchronization

/// Sends cancel requests from threads of its own, since libpq 15 can only send them blocking.
///
/// A server that accepts the connection and then says nothing holds a thread for as long as it likes, so that their
/// number is bounded; past it a request fails at once.
enum CancelSender {
    private static let limit = 16
    private static let running = Mutex(0)
    private static let queue = DispatchQueue(label: "libpq.cancel", attributes: .concurrent)

    /// Runs `completion` on one of those threads when the server has taken the request, or with the reason why not.
    static func send(_ handle: CancelHandle, completion: @escaping @Sendable (_ failure: String?) -> Void) {
        let isFree = running.withLock { running in
            guard running < limit else { return false }
            running += 1
            return true
        }
        guard isFree else {
            completion("\(limit) cancel requests wait for a server already")
            return
        }
        queue.async {
            let failure = handle.send()
            running.withLock { $0 -= 1 }
            completion(failure)
        }
    }
}
