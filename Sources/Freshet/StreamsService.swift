import EventStream
import ServiceLifecycle

/// Ends the hub's streams when the service is asked to stop, and stays until each has been told.
///
/// A stream has no task that anybody waits for, and the process must not exit before the last `goaway` has been written.
struct StreamsService: Service {
    let hub: Hub

    func run() async throws {
        try? await gracefulShutdown()
        hub.shutDown()
        await hub.census.empty()
    }
}
