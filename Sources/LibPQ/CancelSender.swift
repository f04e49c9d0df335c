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

    /// Runs `completion` on one of those threads when the server has taken the request, or did not.
    static func send(_ handle: CancelHandle, completion: @escaping @Sendable (Result<Void, PostgresError>) -> Void) {
        let isFree = running.withLock { running in
            guard running < limit else { return false }
            running += 1
            return true
        }
        guard isFree else {
            completion(.failure(.connection("\(limit) cancel requests are waiting for a server already")))
            return
        }
        queue.async {
            let result = Result { () throws(PostgresError) in try handle.send() }
            running.withLock { $0 -= 1 }
            completion(result)
        }
    }
}
