import HummingbirdCore
import Logging
import NIOCore
import NIOExtras
import NIOPosix
import ServiceLifecycle

/// Accepts connections and gives each its pipeline.
///
/// Hummingbird's own server hands every connection over to a task, at the price of two switches of threads; most
/// connections here become streams, which need none. So this one makes a task at the first ordinary request, and at each
/// one over HTTP/2, which has a channel of its own.
struct HTTPServer: Service {
    let host: String
    let port: Int
    let eventLoopGroup: any EventLoopGroup
    let gate: StreamGate
    let descriptors: DescriptorLimit
    let tls: TLSIdentity?
    let requests: RequestChannel
    let logger: Logger

    /// Called with the port once connections are accepted.
    let onRunning: @Sendable (Int) async -> Void

    /// How many connections the kernel may hold for us; it takes less where `net.core.somaxconn` is lower (listen(2)).
    private static let backlog: Int32 = 4_096

    /// What a new connection reads at once: the head of most requests. A stream keeps the buffer and never reads again, so
    /// NIO's 2,048 bytes would be a third of its memory.
    private static let receiveBuffers = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 512, maximum: 65_536)

    func run() async throws {
        let quiescing = ServerQuiescingHelper(group: eventLoopGroup)
        let (carriers, carrier) = AsyncStream.makeStream(of: RequestChannel.Value.self)
        let listening = try await bind(quiescing) { carrier.yield($0) }
        try await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await onRunning(listening.localAddress?.port ?? port)
                await withDiscardingTaskGroup { group in
                    for await connection in carriers {
                        group.addTask { await requests.handle(value: connection, logger: logger) }
                    }
                }
            } onGracefulShutdown: {
                // Streams say goodbye, requests are answered; what is left is closed by whoever cancels.
                let allClosed = listening.eventLoop.makePromise(of: Void.self)
                allClosed.futureResult.whenComplete { _ in carrier.finish() }
                quiescing.initiateShutdown(promise: allClosed)
            }
            try await listening.closeFuture.get()
        } onCancel: {
            listening.close(promise: nil)
            carrier.finish()
        }
    }

    /// - Parameter onRequests: given each channel that has been asked its first ordinary request.
    private func bind(
        _ quiescing: ServerQuiescingHelper,
        onRequests: @escaping @Sendable (RequestChannel.Value) -> Void
    ) async throws -> any Channel {
        let setup = ConnectionSetup(
            gate: gate,
            descriptors: descriptors,
            tls: tls,
            requests: requests,
            logger: logger,
            onRequests: onRequests
        )
        return try await ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let collector = quiescing.makeServerChannelHandler(channel: channel)
                    try channel.pipeline.syncOperations.addHandler(collector)
                    // Where descriptors run out for all that, the kernel would say so again and again.
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.recvAllocator, value: Self.receiveBuffers)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try setup.descriptors.admit(channel)
                    try HTTPVersionHandler.add(to: channel, setup)
                }
            }
            .bind(host: host, port: port)
            .get()
    }
}
