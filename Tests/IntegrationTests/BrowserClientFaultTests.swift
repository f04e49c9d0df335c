import Foundation
import TestSupport
import Testing
import ThrowawayPostgres

/// The browser's client where something is away: the page, the network, the service, the database.
@Suite(.serialized, .enabled(if: Browser.program != nil || isCI, "chromium is not installed"))
struct BrowserClientFaultTests {
    // MARK: What is held back

    @Test(arguments: ["client.offline = true", "client.pause()", "hide(true)"], ["worker", "none"])
    func `what came meanwhile is one refetch on return`(leaving: String, share: String) async throws {
        try await ClientPage.withPages { service, browser in
            let token = try await service.token("ann")
            let page = try await ClientPage.openLive(
                in: browser,
                port: service.port,
                cookie: token,
                queries: ["todos", "todo/1", "todo/2", "other"],
                options: "share: '\(share)'"
            )
            // No window of a browser without one is ever hidden.
            try await page.page.evaluate(
                """
                window.hide = (isHidden) => {
                  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
                  document.dispatchEvent(new Event("visibilitychange"));
                };
                """
            )
            try await page.page.evaluate(leaving)
            let state = leaving.contains("offline") ? "offline" : "paused"
            try await page.wait(until: "client.state === '\(state)'")
            for _ in 0..<3 {
                _ = try await service.psql("update todo set done = not done where id = 1")
                _ = try await service.psql("update todo set done = not done where id = 2")
            }
            let last = try await service.psql("select pg_current_xact_id()").filter(\.isNumber)
            if state == "paused" { try await page.page.evaluate("client.seen('\(last)')") }
            try await page.expect("todos", fetched: 0)
            try await page.page.evaluate("client.offline = false; client.resume(); hide(false);")
            try await page.page.evaluate("client.seen('\(last)')")
            try await page.waitUntilTold("todo/2")
            for (query, count) in [("todos", 1.0), ("todo/1", 1), ("todo/2", 1), ("other", 0)] {
                try await page.expect(query, fetched: count)
            }
            #expect(try await page.page.evaluate("told.includes('*')") == false)
        }
    }

    @Test func `a browser without a network says so, and on return is told once what it has missed`() async throws {
        try await ClientPage.withPages { service, browser in
            let token = try await service.token("ann")
            let page = try await ClientPage.openLive(
                in: browser,
                port: service.port,
                cookie: token,
                options: "share: 'none'"
            )
            try await page.page.setOffline(true)
            try await page.wait(until: "client.state === 'offline'")
            for _ in 0..<5 { _ = try await service.psql("update todo set done = not done where id = 1") }
            try await page.page.setOffline(false)
            try await page.waitUntilTold("todo/1")
            try await page.wait(until: "client.state === 'live'")
            try await page.expect("todos", fetched: 1)
        }
    }

    // MARK: What breaks

    @Test(arguments: ["worker", "leader", "none"])
    func `a service that is killed and comes back leaves nothing stale`(share: String) async throws {
        try await Browser.withBrowser { browser in
            try await TestDatabase.withDatabase { database in
                let role = "svc_\(database.name)"
                try await database.psql(
                    "create role \(role) login; grant freshet_service to \(role);" + ClientPage.todos
                )
                let conninfo = database.conninfo(user: role)
                let psql: @Sendable (String) async throws -> String = { try await database.psql($0) }
                try await TCPProxy.withProxy(to: .tcp(port: 9)) { address in
                    var pages: [ClientPage] = []
                    for round in 0..<3 {
                        try await RunningService.start(conninfo: conninfo, ["--heartbeat", "200ms"], psql: psql) {
                            service in
                            address.retarget(.tcp(port: service.port))
                            if pages.isEmpty {
                                let token = try await service.token("ann")
                                for _ in 0..<2 {
                                    pages.append(
                                        try await ClientPage.openLive(
                                            in: browser,
                                            port: address.port,
                                            cookie: token,
                                            options: "share: '\(share)'"
                                        )
                                    )
                                }
                            }
                            _ = try await psql("select freshet.invalidate('{up/\(round)}', 'user/ann')")
                            for page in pages { try await page.waitUntilTold("up/\(round)") }
                            service.process.kill()
                            _ = try await service.process.exit()
                        }
                        try await address.dropAll()
                        for page in pages { try await page.wait(until: "client.state === 'connecting'") }
                        _ = try await psql("select freshet.invalidate('{down/\(round)}', 'user/ann')")
                    }
                    try await RunningService.start(conninfo: conninfo, ["--heartbeat", "200ms"], psql: psql) {
                        service in
                        address.retarget(.tcp(port: service.port))
                        for page in pages {
                            for round in 0..<3 { try await page.waitUntilTold("down/\(round)") }
                            // From the log, and not by fetching everything.
                            #expect(try await page.page.evaluate("told.includes('*')") == false)
                        }
                    }
                }
            }
        }
    }

    @Test func `a database that restarts, or crashes, while pages are open leaves nothing stale`() async throws {
        try await Browser.withBrowser { browser in
            try await RunningService.withOwnCluster(["--heartbeat", "200ms"]) { service, cluster in
                let token = try await service.token("ann")
                let page = try await ClientPage.openLive(in: browser, port: service.port, cookie: token)
                for (round, mode) in [Cluster.StopMode.fast, .immediate, .fast].enumerated() {
                    _ = try await service.psql("select freshet.invalidate('{before/\(round)}', 'user/ann')")
                    try await cluster.stop(mode)
                    try await cluster.start()
                    _ = try await service.psql("select freshet.invalidate('{after/\(round)}', 'user/ann')")
                    for tag in ["before/\(round)", "after/\(round)"] { try await page.waitUntilTold(tag) }
                    // Ids of transactions are given out again after a crash: a reset.
                    if mode == .immediate { try await page.wait(until: "told.includes('*')") }
                    try await page.wait(until: "client.state === 'live'")
                    try await page.forget()
                }
            }
        }
    }
}
