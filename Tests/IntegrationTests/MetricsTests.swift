import Foundation
import LibPQ
import Observability
import Oracle
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// `GET /metrics`: that the figures move, that Prometheus's own tool finds no fault, and that each one is documented.
@Suite(.timeLimit(.minutes(20))) struct MetricsTests {
    /// The value of one line, by its name and labels as they stand in it.
    private static func value(_ line: String, _ service: RunningService) async throws -> Double? {
        try await service.get("/metrics").text.split(separator: "\n").first { $0.hasPrefix(line + " ") }
            .flatMap { Double($0.dropFirst(line.utf8.count + 1)) }
    }

    private static func wait(
        for line: String,
        _ service: RunningService,
        _ isReached: @escaping @Sendable (Double) -> Bool
    ) async throws {
        try await withDeadline("\(line) to come true") {
            while try await value(line, service).map(isReached) != true { try await Task.sleep(for: .milliseconds(20)) }
        }
    }

    @Test func `what happens to streams, sessions and requests is counted`() async throws {
        try await RunningService.withService(["--heartbeat", "200ms"]) { service in
            let token = try await service.token("1")
            try await service.withStream(token, fields: [("Last-Event-ID", "nonsense")]) { stream, _ in
                _ = try await stream.nextEvent("reset")
                _ = try await service.psql("select freshet.invalidate('{a}', 'user/1')")
                _ = try await stream.nextEvent("invalidate")
                try await Self.wait(for: "freshet_streams", service) { $0 == 1 }
                try await Self.wait(for: "freshet_users", service) { $0 == 1 }
                try await Self.wait(for: "freshet_events_total", service) { $0 == 3 }
                try await Self.wait(for: "freshet_written_bytes_total", service) { $0 > 200 }
                try await Self.wait(for: "freshet_heartbeats_total", service) { $0 >= 1 }
                try await Self.wait(for: #"freshet_resets_total{reason="history"}"#, service) { $0 == 1 }
                try await Self.wait(for: "freshet_invalidations_total", service) { $0 == 1 }
                try await Self.wait(for: "freshet_delivery_seconds_count", service) { $0 == 1 }
                try await Self.wait(for: "freshet_history_entries", service) { $0 == 1 }
                try await Self.wait(for: "freshet_session_lookup_size_sum", service) { $0 >= 1 }
                try await Self.wait(for: "freshet_round_trip_seconds_count", service) { $0 >= 2 }
                try await Self.wait(for: #"freshet_listener_state{state="live"}"#, service) { $0 == 1 }
                try await Self.wait(for: "freshet_position_age_seconds", service) { $0 < 5 }
                try await Self.wait(for: "freshet_database_reachable", service) { $0 == 1 }
                try await Self.wait(for: "process_resident_memory_bytes", service) { $0 > 1e6 }
                _ = try await service.psql("select freshet.revoke_session('\(token)')")
                _ = try await stream.nextEvent("goaway")
            }
            try await Self.wait(for: #"freshet_goaways_total{reason="revoked"}"#, service) { $0 == 1 }
            try await Self.wait(for: "freshet_streams", service) { $0 == 0 }
            #expect(try await service.get(RunningService.base + "/sse").status == 401)
            #expect(try await service.get(RunningService.base + "/status").status == 401)
            try await Self.wait(for: #"freshet_refused_requests_total{status="401"}"#, service) { $0 == 2 }
            _ = try await service.psql("select pg_notify('freshet', 'nonsense')")
            let skipped = #"freshet_notifications_skipped_total{fault="not the expected JSON"}"#
            try await Self.wait(for: skipped, service) { $0 == 1 }
            _ = try await service.psql("select freshet.pause(); select freshet.disable_tags('{a,b}')")
            try await Self.wait(for: "freshet_paused", service) { $0 == 1 }
            try await Self.wait(for: "freshet_disabled_tags", service) { $0 == 2 }
        }
    }

    @Test func `who waits for the lock of those that notify is seen, and how long`() async throws {
        try await RunningService.withOwnCluster(["--heartbeat", "200ms"]) { service, cluster in
            try await Self.wait(for: "freshet_notify_lock_waiters", service) { $0 == 0 }
            // A commit that waits for a standby, which there is none of, keeps the lock: the heartbeats wait behind it.
            _ = try await service.psql("alter system set synchronous_standby_names = 'nobody'")
            _ = try await service.psql("select pg_reload_conf()")
            let statement =
                "select pg_notify('freshet', '{\"control\":\"other\"}'), pg_logical_emit_message(true, 'a', 'b')"
            async let first: Void = cluster.withSession { try await $0.execute(statement) }
            async let second: Void = cluster.withSession { try await $0.execute(statement) }
            try await Self.wait(for: "freshet_notify_lock_waiters", service) { $0 >= 1 }
            try await Self.wait(for: "freshet_notify_lock_wait_seconds", service) { $0 > 0.1 }
            _ = try await service.psql("alter system reset synchronous_standby_names")
            _ = try await service.psql("select pg_reload_conf()")
            _ = try await (first, second)
            try await Self.wait(for: "freshet_notify_lock_waiters", service) { $0 == 0 }
            try await Self.wait(for: "freshet_notify_queue_usage_ratio", service) { $0 >= 0 && $0 < 1 }
        }
    }

    @Test func `a transaction that stays open is seen growing old`() async throws {
        try await RunningService.withOwnCluster(["--heartbeat", "200ms"]) { service, cluster in
            _ = try await service.psql("grant pg_read_all_stats to svc")
            let age = "freshet_oldest_listener_transaction_seconds"
            try await cluster.withSession { session in
                try await session.execute("begin; listen freshet")
                try await Self.wait(for: age, service) { $0 > 0.5 }
                try await session.execute("rollback")
            }
            try await Self.wait(for: age, service) { $0 < 0.5 }
        }
    }

    @Test func `a loop tells how late it is while it serves`() async throws {
        try await RunningService.withService { service in
            let name = "freshet_event_loop_delay_seconds"
            try await Self.wait(for: "\(name)_count", service) { $0 > 0 }
            let before = try await Self.value("\(name)_count", service) ?? 0
            try await Self.wait(for: "\(name)_count", service) { $0 > before }
            try await Self.wait(for: "\(name)_sum", service) { $0 > 0 }
        }
    }

    @Test func `metrics and health are on the admin port alone where there is one`() async throws {
        let port = try await FreePort.find()
        try await RunningService.withService(["--admin-port", "\(port)"]) { service in
            #expect(try await service.get("/metrics").status == 404)
            let response = try await HTTPTestClient.send(TestRequest("GET", "/metrics"), port: port)
            #expect(response.status == 200)
            #expect(response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(response.text.contains("freshet_streams 0"))
        }
    }

    @Test(.enabled(if: promtool != nil || isCI, "promtool is not installed"))
    func `Prometheus's own tool finds no fault`() async throws {
        try await RunningService.withService(["--heartbeat", "200ms"]) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                _ = try await service.psql("select freshet.invalidate('{a}'); select pg_notify('freshet', '{}x')")
                _ = try await stream.nextEvent("invalidate")
                _ = try await service.get(RunningService.base + "/status")
                let text = try await service.get("/metrics").text
                let tool = try #require(promtool, "promtool is missing")
                let judged = try await Subprocess.run(
                    .path(FilePath(tool)),
                    arguments: ["check", "metrics"],
                    input: .string(text),
                    output: .string(limit: 65_536),
                    error: .string(limit: 65_536)
                )
                let said = judged.standardOutput + judged.standardError
                #expect(judged.terminationStatus.isSuccess && said.isEmpty, "\(said)")
            }
        }
    }

    @Test func `the operator's manual names every one`() throws {
        let manual = try String(contentsOfFile: Repository.root + "/docs/operations.md", encoding: .utf8)
        for metric in MetricDescription.all { #expect(manual.contains("`\(metric.name)`"), "\(metric.name)") }
    }
}

private let promtool: String? = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map { $0 + "/promtool" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }
