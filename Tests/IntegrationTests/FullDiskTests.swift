import Foundation
import TestSupport
import Testing
import ThrowawayPostgres

/// CONTRACT.md §2 where PostgreSQL has no room left: the service outlives it, and tells what is committed afterwards.
@Suite(.timeLimit(.minutes(20)), .enabled(if: SmallDisk.isPossible, "only root can mount a small disk"))
struct FullDiskTests {
    @Test func `a full disk for the tables fails writes in PostgreSQL's words, and streams go on`() async throws {
        try await Turnstile.services.pass {
            try await withCluster(.forTests) { cluster in
                try await SmallDisk.withDisk(megabytes: 40, ownedAs: cluster.socketPath) { disk in
                    try await cluster.psql(.text("create tablespace small location '\(disk.path)'"))
                    try await cluster.psql(.text("create database small tablespace small"))
                    try await cluster.psql(.file(Repository.migrations), database: "small")
                    let psql: @Sendable (String) async throws -> String = {
                        try await cluster.psql(.text($0), database: "small")
                    }
                    _ = try await psql(
                        """
                        create role svc login; grant freshet_service to svc;
                        create table note (id int primary key, body text); select freshet.watch('note', '{note/:id}', '{user/1}');
                        """
                    )
                    let conninfo = cluster.conninfo(database: "small", user: "svc")
                    try await RunningService.start(conninfo: conninfo, ["--heartbeat", "300ms"], psql: psql) {
                        service in
                        let token = try await service.token("1")
                        try await service.withStream(token) { stream, _ in
                            disk.fill()
                            let error = await #expect(throws: ClusterError.self) {
                                // Until the last page of each table that a write needs is full.
                                for id in 1...1000 {
                                    _ = try await psql(
                                        "insert into note select \(id * 1000) + g, 'x' from generate_series(0, 99) as g"
                                    )
                                }
                            }
                            #expect(error?.description.contains("No space left on device") == true)
                            // Heartbeats need no room: two after the failure.
                            for _ in 0..<2 {
                                _ = try await stream.next { if case .position = $0 { true } else { false } }
                            }
                            try disk.empty()
                            _ = try await psql("insert into note values (7, 'after')")
                            while try await stream.nextEvent("invalidate").json.tags?.contains(["note", 7]) != true {}
                        }
                    }
                }
            }
        }
    }

    @Test func `a full disk for the write-ahead log is a crash, and a reset`() async throws {
        try await RunningService.withOwnCluster(["--heartbeat", "300ms"]) { service, cluster in
            try await SmallDisk.withDisk(megabytes: 80, ownedAs: cluster.socketPath) { disk in
                let token = try await service.token("1")
                try await service.withStream(token) { stream, _ in
                    try await cluster.stop()
                    let log = cluster.directory + "/data/pg_wal"
                    let manager = FileManager.default
                    for file in try manager.contentsOfDirectory(atPath: log) {
                        try Self.move(log + "/" + file, to: disk.path + "/" + file)
                    }
                    try manager.removeItem(atPath: log)
                    try manager.createSymbolicLink(atPath: log, withDestinationPath: disk.path)
                    try await cluster.start()
                    _ = try await service.psql("select freshet.invalidate('{before}', 'user/1')")
                    while try await stream.nextEvent("invalidate").json.tags?.contains(["before"]) != true {}

                    disk.fill()
                    await #expect(throws: ClusterError.self) {
                        while true {
                            _ = try await service.psql(
                                "select pg_switch_wal(); select freshet.invalidate('{lost}', 'user/1')"
                            )
                        }
                    }
                    try disk.empty()
                    // It may have come back by itself, or given up.
                    try? await cluster.stop(.immediate)
                    try await cluster.start()
                    _ = try await stream.next {
                        if case .event(let event) = $0 { event.type == "reset" } else { false }
                    }
                    _ = try await service.psql("select freshet.invalidate('{after}', 'user/1')")
                    while try await stream.nextEvent("invalidate").json.tags?.contains(["after"]) != true {}
                    let said = service.process.log
                    #expect(said.contains { $0.contains("The listener has no connection; trying again.") })
                }
            }
        }
    }

    /// Across disks, which a rename is not, with the owner and the mode that the server insists on.
    private static func move(_ file: String, to target: String) throws {
        let manager = FileManager.default
        let attributes = try manager.attributesOfItem(atPath: file)
        try manager.copyItem(atPath: file, toPath: target)
        try manager.setAttributes(
            attributes.filter { [.ownerAccountID, .groupOwnerAccountID, .posixPermissions].contains($0.key) },
            ofItemAtPath: target
        )
        try manager.removeItem(atPath: file)
    }
}
