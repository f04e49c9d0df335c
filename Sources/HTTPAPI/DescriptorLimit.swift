package import Logging
import NIOCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// How many descriptors the process may have open, and who may have the last of them.
///
/// POSIX gives the lowest number that is free, so the number of a connection's descriptor tells how many are open. The last
/// ones are kept for ordinary requests (an operator wants to ask what is going on), and the very last for the service
/// itself: to accept nobody is better than to be unable to reach the database.
package final class DescriptorLimit: Sendable {
    /// What is thrown to a connection that is to be closed at once.
    struct Exhausted: Error {}

    /// How many descriptors are kept for each of the two, at most, and at most which part of all.
    private static let kept = 64
    private static let keptPart = 8

    /// How long to keep silent between two lines in the log.
    private static let silence = TimeAmount.seconds(10)

    private let limit: Int
    private let streams: Int
    private let connections: Int
    private let logger: Logger
    private let silentUntil = Mutex(NIODeadline.uptimeNanoseconds(0))

    /// - Parameter limit: how many descriptors may be open: the soft limit `RLIMIT_NOFILE`.
    package convenience init(_ limit: Int, logger: Logger) {
        let kept = min(Self.kept, limit / Self.keptPart)
        self.init(limit, streams: limit - 2 * kept, connections: limit - kept, logger: logger)
    }

    /// - Parameters:
    ///   - streams: from which descriptor on a connection gets no stream.
    ///   - connections: from which on it is closed.
    init(_ limit: Int, streams: Int, connections: Int, logger: Logger) {
        self.limit = limit
        self.streams = streams
        self.connections = connections
        self.logger = logger
    }

    /// Raises the process's soft limit to the hard one, and reads it (setrlimit(2)).
    package static func raised(logger: Logger) -> DescriptorLimit {
        var value = rlimit()
        guard unsafe getrlimit(resource, &value) == 0 else { return DescriptorLimit(.max, logger: logger) }
        let soft = value.rlim_cur
        value.rlim_cur = value.rlim_max
        #if canImport(Darwin)
            // More than this is refused, whatever the hard limit says (setrlimit(2) there).
            value.rlim_cur = min(value.rlim_max, rlim_t(OPEN_MAX))
        #endif
        if unsafe value.rlim_cur <= soft || setrlimit(resource, &value) != 0 { value.rlim_cur = soft }
        let limit = Int(clamping: value.rlim_cur)
        logger.debug("descriptors", metadata: ["limit": "\(limit)", "before": "\(soft)"])
        return DescriptorLimit(limit, logger: logger)
    }

    #if canImport(Darwin)
        private static let resource = RLIMIT_NOFILE
    #else
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif

    /// - Throws: ``Exhausted`` where the connection has one of the last descriptors.
    func admit(_ channel: any Channel) throws {
        guard descriptor(of: channel) >= connections else { return }
        warn("Out of file descriptors: new connections are closed at once.")
        throw Exhausted()
    }

    /// Whether a connection may become a stream, which stays.
    func hasRoom(for channel: any Channel) -> Bool {
        guard descriptor(of: channel) >= streams else { return true }
        warn("Almost out of file descriptors: new streams are sent away, to come back later.")
        return false
    }

    private func descriptor(of channel: any Channel) -> Int {
        let operations = channel.pipeline.syncOperations
        return (try? operations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { Int($0) }) ?? -1
    }

    private func warn(_ message: Logger.Message) {
        let isDue = silentUntil.withLock { silentUntil in
            let now = NIODeadline.now()
            guard silentUntil <= now else { return false }
            silentUntil = now + Self.silence
            return true
        }
        guard isDue else { return }
        logger.warning(
            message,
            metadata: ["limit": "\(limit)", "advice": "raise the hard limit (ulimit -n, LimitNOFILE)"]
        )
    }
}
