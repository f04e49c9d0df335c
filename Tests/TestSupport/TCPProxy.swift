import NIOCore
import NIOPosix
import Synchronization

/// A network between two processes on this machine, that fails when a test says so.
package final class TCPProxy: Sendable {
    package enum Target: Sendable {
        case tcp(host: String = "127.0.0.1", port: Int)
        case socket(path: String)
    }

    /// What happens to connections that come from now on.
    private enum Welcome {
        case forward
        case answerNothing
        case reset
    }

    private struct State {
        var target: Target
        var welcome: Welcome = .forward
        var isStalled = false
        var links: [ObjectIdentifier: NIOLoopBound<ProxyLink>] = [:]
    }

    private let state: Mutex<State>
    private let arrivals = Mailbox<Void>()
    private let listener = Mutex<(any Channel)?>(nil)

    private init(target: Target) {
        state = Mutex(State(target: target))
    }

    /// Listens on a free port of 127.0.0.1 while `body` runs.
    package static func withProxy<Result>(
        to target: Target,
        _ body: (TCPProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = TCPProxy(target: target)
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try proxy.accept(channel) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        proxy.listener.withLock { $0 = listener }
        do {
            let result = try await body(proxy)
            await proxy.shutDown()
            return result
        } catch {
            await proxy.shutDown()
            throw error
        }
    }

    package var port: Int { listener.withLock { $0?.localAddress?.port ?? 0 } }

    /// Connections that are open now, on the client's side.
    package var connectionCount: Int { state.withLock { $0.links.count } }

    /// Waits until a client has connected; each connection answers one wait, also one that came before it.
    package func nextConnection(within limit: Duration = patience) async throws {
        _ = try await arrivals.next("a connection to the proxy", within: limit)
    }

    /// Carries nothing any more in either direction, and tells nobody; what both sides send fills the kernel's buffers.
    package func stall() async throws { try await set(stalled: true) }

    /// Carries on after ``stall()``, and forwards new connections again.
    package func resume() async throws {
        state.withLock { $0.welcome = .forward }
        try await set(stalled: false)
    }

    /// New connections are accepted, and never answered, also after ``resume()``.
    package func answerNothing() { state.withLock { $0.welcome = .answerNothing } }

    /// New connections are reset as soon as they are made.
    package func refuse() { state.withLock { $0.welcome = .reset } }

    /// New connections go to another target, as those to an address that a failover has given to the new primary; the
    /// open ones stay where they are until ``dropAll()``.
    package func retarget(_ target: Target) { state.withLock { $0.target = target } }

    /// Resets every open connection, on both sides.
    package func dropAll() async throws {
        try await forEachLink { $0.reset() }
    }

    package enum Direction: Sendable {
        case toTarget
        case toClient
    }

    /// Sends an end of file in one direction on every connection; the other direction goes on.
    package func halfClose(_ direction: Direction) async throws {
        try await forEachLink { $0.halfClose(direction) }
    }

    private func set(stalled: Bool) async throws {
        state.withLock { $0.isStalled = stalled }
        try await forEachLink { $0.isStalled = stalled }
    }

    private func forEachLink(_ action: @escaping @Sendable (ProxyLink) -> Void) async throws {
        for link in state.withLock({ Array($0.links.values) }) {
            try await link.eventLoop.submit { action(link.value) }.get()
        }
    }

    private func shutDown() async {
        try? await listener.withLock { $0 }?.close()
        try? await dropAll()
    }

    /// On the new channel's event loop.
    private func accept(_ client: any Channel) throws {
        let link = try ProxyLink(client: client) { self.open($0) }
        let bound = NIOLoopBound(link, eventLoop: client.eventLoop)
        let id = ObjectIdentifier(link)
        state.withLock { $0.links[id] = bound }
        client.closeFuture.whenComplete { [self] _ in
            state.withLock { _ = $0.links.removeValue(forKey: id) }
        }
    }

    private func open(_ link: ProxyLink) {
        let (target, welcome, isStalled) = state.withLock { ($0.target, $0.welcome, $0.isStalled) }
        link.isStalled = isStalled
        switch welcome {
        case .forward: link.connect(to: target)
        case .answerNothing: break
        case .reset: link.reset()
        }
        arrivals.put(())
    }
}
