import ServiceLifecycle

/// Tells the application's own metrics the figures that nobody moves: who reads those does not say when.
struct FiguresService: Service {
    let metrics: ServiceMetrics

    private static let interval = Duration.seconds(10)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                metrics.set()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
