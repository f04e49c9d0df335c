import Logging
import ServiceLifecycle
import UnixSignals

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Ends the process at once when it is asked a second time: whoever does that does not want to wait for the streams.
struct HasteService: Service {
    let signals: [UnixSignal]
    let logger: Logger

    func run() async throws {
        // Trapped from the start, so that none falls between the first and the moment when somebody waits for the second.
        let trapped = await UnixSignalsSequence(trapping: signals)
        try? await gracefulShutdown()
        // No part of the group: it must not wait for this.
        Task.detached { [logger] in
            var count = 0
            for await signal in trapped {
                count += 1
                guard count > 1 else { continue }
                logger.warning(
                    "Asked to stop a second time: the service ends at once.",
                    metadata: ["signal": "\(signal)"]
                )
                exit(1)
            }
        }
    }
}
