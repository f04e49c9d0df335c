import EventStream
import ServiceLifecycle

/// Ends the hub's streams when the service is asked to stop.
struct StreamsService: Service {
    let hub: Hub

    func run() async throws {
        try? await gracefulShutdown()
        hub.shutDown()
    }
}
