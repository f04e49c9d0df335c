import NIOCore
import NIOPosix
import TestSupport

/// A server on a free port that does to its first connection what a test says.
enum ScriptedServer {
    /// Runs both sides, which both have to end.
    static func run(
        _ script: @escaping @Sendable (inout Peer) async throws -> Void,
        client: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: "127.0.0.1", port: 0, childChannelInitializer: Peer.wrap)
        let port = listener.channel.localAddress?.port ?? 0
        try await withDeadline("client and server") {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await listener.executeThenClose { connections in
                        for try await connection in connections { return try await Peer.run(connection, script) }
                    }
                }
                group.addTask { try await client(port) }
                // One after the other, so that an error on one side ends the other.
                while try await group.next() != nil {}
            }
        }
    }
}
