extension Cluster {
    /// Makes a hot standby of this cluster by streaming replication, in a directory and on a port of its own, and removes
    /// it when `body` has ended.
    ///
    /// It follows until ``promote()``. What was committed here is there only after ``catchUp(with:)``: replication is
    /// asynchronous.
    @discardableResult
    package func withStandby<Result>(_ body: (Cluster) async throws -> Result) async throws -> Result {
        try await copied(by: "standby", step: "be copied for a standby (pg_basebackup)").use(body)
    }

    /// Starts a copy of this cluster's files as a cluster that knows nothing of this one, as a backup that is restored
    /// beside the original is; it is gone when `body` has ended.
    @discardableResult
    package func withCopy<Result>(_ body: (Cluster) async throws -> Result) async throws -> Result {
        try await copied(by: "copy", step: "be copied (pg_basebackup)").use(body)
    }

    /// Waits until this standby has replayed what `primary` has committed so far.
    ///
    /// The server itself looks again and again, in one session, since nothing signals it.
    package func catchUp(with primary: Cluster, within seconds: Int = 30) async throws {
        // A commit that is waited for flushes all that was committed before it, also asynchronously.
        let end = try await primary.psql(
            .text("set synchronous_commit = on; select pg_logical_emit_message(true, 'freshet', '')")
        )
        try await psql(
            .text(
                """
                do $wait$
                begin
                    while pg_last_wal_replay_lsn() < '\(end)' loop
                        if clock_timestamp() > statement_timestamp() + interval '\(seconds) seconds' then
                            raise 'the standby is at %, after \(seconds) s still before \(end)',
                                pg_last_wal_replay_lsn();
                        end if;
                        perform pg_sleep(0.01);
                    end loop;
                end
                $wait$
                """
            )
        )
    }

    /// Makes a standby a primary, and returns when it can be written to. It begins a WAL timeline of its own; the old
    /// primary is left as it is.
    package func promote() async throws {
        let isPrimary = try await psql(.text("select pg_promote(true, 60)"))
        guard isPrimary == "t" else {
            throw ClusterError.failed(step: "be promoted", output: "it was still a standby after 60 s")
        }
    }

    private func copied(by command: String, step: String) async throws -> Cluster {
        let (supervisor, directory) = try await Supervisor.launch(binaries: binaries)
        do {
            try await supervisor.perform("\(command) \(conninfo())", step: step)
            return Cluster(
                binaries: binaries,
                directory: directory,
                port: try await firstStart(listeningOnTCP: listensOnTCP, by: supervisor),
                password: password,
                listensOnTCP: listensOnTCP,
                supervisor: supervisor
            )
        } catch {
            await supervisor.finish()
            throw error
        }
    }
}
