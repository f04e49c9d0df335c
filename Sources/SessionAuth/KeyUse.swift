package import LibPQ
package import Logging
import ServiceLifecycle
import Synchronization

/// Notes when API keys were used, to the hour: for whoever wants to know which can go.
///
/// Lookups only read, so it is written by a connection of its own, a minute later, and once an hour for each key.
package final class KeyUse: Service {
    /// The most keys of one hour that are noted.
    private static let limit = 10_000
    private static let interval = Duration.seconds(60)

    private struct State {
        var hour = 0
        var used: Set<String> = []
        var noted: Set<String> = []
    }

    private let state = Mutex(State())
    private let database: ConnectionInfo
    private let logger: Logger

    package init(database: ConnectionInfo, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// - Parameter id: of the key's session, which is the key's.
    func note(_ id: String) {
        state.withLock { state in
            let hour = Int(Uptime.now / 3_600)
            if state.hour != hour { state = State(hour: hour) }
            guard !state.noted.contains(id), state.used.count < Self.limit else { return }
            state.used.insert(id)
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil { await self.write() }
        }
        await write()
    }

    private func write() async {
        let used = state.withLock(\.used)
        guard !used.isEmpty else { return }
        do {
            try await Connection.withConnection(database) { connection in
                try await connection.set([
                    "statement_timeout": "5s", "lock_timeout": "2s", "default_transaction_read_only": "off",
                ])
                _ = try await connection.query("select freshet.note_api_keys($1::text[])", [.textArray(Array(used))])
            }
            state.withLock { state in
                state.used.subtract(used)
                state.noted.formUnion(used)
            }
        } catch {
            // It is tried again in a minute; when the database is away others say so.
            logger.debug("The use of API keys could not be noted.", metadata: ["error": "\(error)"])
        }
    }
}
