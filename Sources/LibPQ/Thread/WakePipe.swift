#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Ends a poll(2) of another thread.
final class WakePipe: Sendable {
    /// Can be read once it has been rung.
    let descriptor: Int32
    private let end: Int32

    /// Fails where the process has no descriptor left.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        end = ends[1]
    }

    deinit {
        _ = close(descriptor)
        _ = close(end)
    }

    /// A pipe that is full has been rung.
    func ring() {
        var byte: UInt8 = 0
        _ = unsafe write(end, &byte, 1)
    }

    /// Forgets that it was rung.
    func silence() {
        var bytes = [UInt8](repeating: 0, count: 16)
        while unsafe read(descriptor, &bytes, bytes.count) == bytes.count {}
    }
}
