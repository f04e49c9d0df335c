import ServiceLifecycle

/// Tells once when a client that comes now gets a stream: the port is open, the listener has begun, and sessions can be
/// looked up.
struct ReadinessService: Service {
    private let ports = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(1))
    private let isReady: @Sendable () -> Bool
    private let onReady: @Sendable (Int) -> Void

    init(isReady: @escaping @Sendable () -> Bool, onReady: @escaping @Sendable (Int) -> Void) {
        self.isReady = isReady
        self.onReady = onReady
    }

    func accepts(on port: Int) {
        ports.continuation.yield(port)
        ports.continuation.finish()
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await port in ports.stream {
                // Only at the start, and for as long as a connection takes.
                while !isReady() {
                    do { try await Task.sleep(for: .milliseconds(20)) } catch { return }
                }
                onReady(port)
            }
        }
        try? await gracefulShutdown()
    }
}
