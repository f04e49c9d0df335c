import Foundation
import Synchronization

/// Stands between a connection and the server, and stops passing anything on when told to.
final class Proxy: Sendable {
    /// A client's socket and the server's for it. Closed when nothing reads from them any more.
    private final class Link: Sendable {
        let client: Int32
        let server: Int32

        init(client: Int32, server: Int32) {
            self.client = client
            self.server = server
            #if canImport(Darwin)
                var on: Int32 = 1
                for descriptor in [client, server] {
                    unsafe setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
                }
            #endif
        }

        deinit {
            close(client)
            close(server)
        }

        func hangUp() {
            for descriptor in [client, server] { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private struct State {
        var isFrozen = false
        var isDeaf = false
        var links: [Link] = []
    }

    private let listener: TCPListener
    private let state = Mutex(State())

    var port: Int { listener.port }

    init(to port: Int) throws {
        listener = try TCPListener()
        let listener = listener
        Thread.detachNewThread { [weak self] in
            while true {
                let client = accept(listener.descriptor, nil, nil)
                guard client >= 0, let self, let server = try? TCPListener.connect(port: port) else { return }
                // Nobody reads from it, and it stays open as long as the others.
                let isDeaf = state.withLock { $0.isDeaf }
                let link = Link(client: client, server: server)
                state.withLock { $0.links.append(link) }
                if isDeaf { continue }
                pump(link, from: client, to: server)
                pump(link, from: server, to: client)
            }
        }
    }

    deinit {
        drop()
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
    }

    /// Both sides stay connected, and hear nothing any more.
    func freeze() {
        state.withLock { $0.isFrozen = true }
    }

    /// Accepts what comes from now on, and passes nothing on for it.
    func ignoreNewcomers() {
        state.withLock { $0.isDeaf = true }
    }

    /// Hangs up on both sides.
    func drop() {
        let links = state.withLock { state in
            defer { state.links = [] }
            return state.links
        }
        for link in links { link.hangUp() }
    }

    private func pump(_ link: Link, from source: Int32, to target: Int32) {
        Thread.detachNewThread { [weak self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = unsafe read(source, &buffer, buffer.count)
                guard count > 0 else { break }
                // What a frozen proxy reads is swallowed: to the peers it is a network that lost it.
                guard self?.state.withLock({ $0.isFrozen }) == false else { continue }
                let isSent = unsafe buffer[..<count].withUnsafeBytes { bytes in
                    var rest = unsafe bytes[...]
                    while unsafe !rest.isEmpty {
                        let part = unsafe send(
                            target,
                            UnsafeRawBufferPointer(rebasing: rest).baseAddress,
                            rest.count,
                            noSignal
                        )
                        guard part > 0 else { return false }
                        unsafe rest = unsafe rest.dropFirst(part)
                    }
                    return true
                }
                guard isSent else { break }
            }
            link.hangUp()
        }
    }
}

/// Writing to a peer that has gone is an error here, not a signal.
#if canImport(Darwin)
    private let noSignal: Int32 = 0
#else
    private let noSignal = Int32(MSG_NOSIGNAL)
#endif
