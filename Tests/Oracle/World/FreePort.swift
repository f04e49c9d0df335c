import NIOCore
import NIOPosix

/// A port for a server that will come and go: below those that systems give to outgoing connections, so that nobody
/// takes it while the server is down.
package enum FreePort {
    struct NotFound: Error {}

    package static func find() async throws -> Int {
        for _ in 0..<50 {
            let port = Int.random(in: 20_000..<32_000)
            let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            if let channel = try? await bootstrap.bind(host: "127.0.0.1", port: port).get() {
                try await channel.close()
                return port
            }
        }
        throw NotFound()
    }
}
