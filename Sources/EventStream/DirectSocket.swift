import NIOCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The socket under a channel, written to without blocking and without passing the channel.
///
/// This is the one place that goes past SwiftNIO. What makes it safe: it is used on the channel's event loop alone, where
/// the channel also closes; only until its handler has been told that the channel is inactive, which happens in the same
/// turn as the close, before anybody can be given the descriptor anew; and only while the channel itself has nothing left
/// to write, so that no byte overtakes another. What the kernel does not take is the channel's, with its order, its
/// back-pressure and its closing.
struct DirectSocket {
    let descriptor: CInt

    /// - Returns: nil where the channel has no descriptor: an embedded channel, a stream of HTTP/2. A channel that encrypts
    ///   has one, and must not be asked for it.
    init?(_ channel: any Channel) {
        let operations = channel.pipeline.syncOperations
        guard channel.isActive,
            let descriptor = try? operations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self, { $0 }),
            descriptor >= 0
        else { return nil }
        self.descriptor = descriptor
    }

    /// Hands bytes to the kernel: `send(2)` with `MSG_DONTWAIT`.
    ///
    /// - Returns: how many it has taken, which may be none; nil where the connection is broken.
    static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Int? {
        while true {
            let count = unsafe nonBlockingSend(descriptor, bytes)
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK, ENOBUFS: return 0
            default: return nil
            }
        }
    }

    private static func nonBlockingSend(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            // SwiftNIO sets SO_NOSIGPIPE on its sockets.
            unsafe Darwin.send(descriptor, bytes.baseAddress, bytes.count, MSG_DONTWAIT)
        #else
            unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
        #endif
    }
}
