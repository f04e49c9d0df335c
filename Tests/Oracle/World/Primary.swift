import LibPQ
import Synchronization
import TestSupport
import ThrowawayPostgres

/// The server that is written to now: another one after each promotion of a standby.
final class Primary: Sendable {
    private struct State {
        var cluster: Cluster
        /// What keeps the cluster that is the primary now, where that is one of ours; opened when it is not needed.
        var release: Latch?
        var keepers: [Task<Void, any Error>] = []
    }

    private let state: Mutex<State>

    init(_ cluster: Cluster) { state = Mutex(State(cluster: cluster)) }

    var cluster: Cluster { state.withLock(\.cluster) }

    var target: TCPProxy.Target { .socket(path: cluster.socketPath) }

    /// A way straight to the server, which no fault of the network disturbs.
    func connectionInfo(user: String, name: String) throws -> ConnectionInfo {
        try ConnectionInfo(cluster.conninfo(database: World.databaseName, user: user), applicationName: name)
    }

    /// Makes a standby, lets it follow for a while, and puts it in the place of the primary, which is gone at once with
    /// whatever the standby has not got yet.
    ///
    /// - Parameter retarget: sends new connections to the new one.
    func failOver(after following: () async -> Void, retarget: (TCPProxy.Target) async throws -> Void) async throws {
        let old = cluster
        let (standby, release) = try await makeStandby(of: old)
        await following()
        try await old.stop(.immediate)
        do {
            try await standby.promote()
        } catch {
            release.open()
            throw error
        }
        let previous = state.withLock { state in
            defer { (state.cluster, state.release) = (standby, release) }
            return state.release
        }
        previous?.open()
        try await retarget(target)
    }

    private func makeStandby(of cluster: Cluster) async throws -> (Cluster, Latch) {
        let release = Latch()
        let made = Mailbox<Cluster>()
        // A task of its own: the standby outlives the fault that has made it.
        let keeper = Task {
            do {
                try await cluster.withStandby { standby in
                    made.put(standby)
                    try await release.wait()
                }
                made.finish()
            } catch {
                made.finish(throwing: error)
                throw error
            }
        }
        state.withLock { $0.keepers.append(keeper) }
        guard let standby = try await made.next("a standby", within: .seconds(60)) else { throw CancellationError() }
        return (standby, release)
    }

    /// Removes what was made here; the first cluster belongs to its own scope.
    func finish() async {
        let keepers = state.withLock { state in
            state.release?.open()
            return state.keepers
        }
        for keeper in keepers {
            keeper.cancel()
            _ = await keeper.result
        }
    }
}
