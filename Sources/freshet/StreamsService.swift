import EventStream
import ServiceLifecycle

/// Ends the hub's streams when the service is asked to stop, and stays until each has been told.
///
/// Nobody else waits for them: Hummingbird's task for a connection ends when the connection becomes a stream, so its server
/// may have stopped before the last `goaway` has been written.
struct StreamsService: Service {
    let hub: Hub

    func run() async throws {
        try? await gracefulShutdown()
        hub.shutDown()
        await hub.census.empty()
    }
}
