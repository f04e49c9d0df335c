import Foundation
import TestSupport
import Testing
import ThrowawayPostgres

/// The browser's client in a real browser, on the real service and a real PostgreSQL.
@Suite(.serialized, .enabled(if: Browser.program != nil || isCI, "chromium is not installed"))
struct BrowserClientTests {
    private static func expectNoErrors(_ pages: [ClientPage], sourceLocation: SourceLocation = #_sourceLocation) {
        for page in pages { #expect(page.errors == [], sourceLocation: sourceLocation) }
    }

    /// How many streams the service has.
    private static func streams(of service: RunningService) async throws -> Int? {
        let admin = try await service.token("operator", "is_admin => true")
        let status = try await service.get(RunningService.base + "/status", RunningService.bearer(admin))
        return status.text.firstMatch(of: /"streams":([0-9]+)/).flatMap { Int($0.1) }
    }

    // MARK: Who is told what

    @Test func `a row that changes refetches the right query in the right tab of the right user, and no other`()
        async throws
    {
        try await ClientPage.withPages { service, browser in
            let (ann, bob) = (try await service.token("ann"), try await service.token("bob"))
            let queries = ["todos", "todo/1", "todo/2", "end"]
            let port = service.port
            let list = try await ClientPage.openLive(in: browser, port: port, cookie: ann, queries: queries)
            let detail = try await ClientPage.openLive(in: browser, port: port, queries: ["todo/2", "end"])
            let other = try await ClientPage.openLive(
                in: browser,
                port: port,
                cookie: bob,
                isAlone: true,
                queries: queries
            )
            _ = try await service.psql("update todo set done = true where id = 1")
            _ = try await service.psql("begin; update todo set done = true where id = 2; rollback;")
            _ = try await service.psql("select freshet.invalidate('{end}')")
            for page in [list, detail, other] { try await page.waitUntilTold("end") }
            for (query, count) in [("todos", 1.0), ("todo/1", 1), ("todo/2", 0)] {
                try await list.expect(query, fetched: count)
                try await other.expect(query, fetched: 0)
            }
            try await detail.expect("todo/2", fetched: 0)
            let users = [
                try await list.page.evaluate("client.user").string, try await other.page.evaluate("client.user").string,
            ]
            #expect(users == ["ann", "bob"])
            Self.expectNoErrors([list, detail, other])
        }
    }

    @Test func `a page whose data came with a position fetches nothing twice, and misses nothing after it`()
        async throws
    {
        try await ClientPage.withPages { service, browser in
            let token = try await service.token("ann")
            let position = try await service.psql("select freshet.position()").filter { !$0.isWhitespace }
            _ = try await service.psql("update todo set done = true where id = 1")
            let page = try await ClientPage.open(
                in: browser,
                port: service.port,
                cookie: token,
                queries: ["todos", "todo/2"],
                options: "position: '\(position)'"
            )
            try await page.waitUntilTold("todo/1")
            try await page.expect("todos", fetched: 1)
            try await page.expect("todo/2", fetched: 0)
            Self.expectNoErrors([page])
        }
    }

    @Test func `the echo of a page's own write is passed over there, and heard by the others`() async throws {
        try await ClientPage.withPages { service, browser in
            let token = try await service.token("ann")
            let writer = try await ClientPage.openLive(
                in: browser,
                port: service.port,
                cookie: token,
                queries: ["todos", "end"],
                options: "appliesOwnWrites: true"
            )
            let reader = try await ClientPage.openLive(
                in: browser,
                port: service.port,
                queries: ["todos", "end"],
                options: "appliesOwnWrites: true"
            )
            let origin = try await writer.page.evaluate("client.origin").string ?? ""
            _ = try await service.psql(
                "begin; set local freshet.origin = '\(origin)'; update todo set done = true where id = 1; commit;"
            )
            _ = try await service.psql("select freshet.invalidate('{end}')")
            for page in [writer, reader] { try await page.waitUntilTold("end") }
            try await writer.expect("todos", fetched: 0)
            try await reader.expect("todos", fetched: 1)
            Self.expectNoErrors([writer, reader])
        }
    }

    @Test func `a page that waits for its own transaction has given it to its caches when that has been heard`()
        async throws
    {
        try await ClientPage.withPages { service, browser in
            let token = try await service.token("ann")
            let page = try await ClientPage.openLive(in: browser, port: service.port, cookie: token)
            let heard = try await service.psql(
                "with w as (update todo set done = true where id = 1 returning 1) select pg_current_xact_id() from w"
            )
            let fetches = try await page.page.evaluate(
                "client.seen('\(heard.filter(\.isNumber))').then(() => fetches.todos)"
            )
            #expect(fetches == 1)
            // What it has heard is what its server lets a replica catch up with.
            let words = try await page.page.evaluate("client.heard").string ?? ""
            let sql = "select bool_and(freshet.has_seen(h)) from unnest(string_to_array('\(words)', ',')) as h"
            #expect(try await service.psql(sql).contains("t"), "\(words)")
            // Bob's change tells Ann nothing; a heartbeat's position passes it.
            let unheard = try await service.psql(
                "with w as (update todo set done = true where id = 3 returning 1) select pg_current_xact_id() from w"
            )
            try await page.page.evaluate("client.seen('\(unheard.filter(\.isNumber))')")
            try await page.expect("todos", fetched: 1)
        }
    }

    // MARK: One stream a browser

    @Test(arguments: ["worker", "leader"])
    func `twenty tabs have one stream, and all of them hear`(share: String) async throws {
        try await ClientPage.withPages { service, browser in
            let token = try await service.token("ann")
            var pages: [ClientPage] = []
            for number in 0..<20 {
                pages.append(
                    try await ClientPage.open(
                        in: browser,
                        port: service.port,
                        cookie: number == 0 ? token : nil,
                        options: "share: '\(share)'"
                    )
                )
            }
            for page in pages { try await page.wait(until: "client.state === 'live' && told.length > 0") }
            #expect(try await Self.streams(of: service) == 1)
            for page in pages { try await page.forget() }
            _ = try await service.psql("update todo set done = true where id = 1")
            for page in pages {
                try await page.waitUntilTold("todo/1")
                try await page.expect("todos", fetched: 1)
            }
            #expect(try await Self.streams(of: service) == 1)
            Self.expectNoErrors(pages)
        }
    }

    @Test func `when the tab that leads is closed another one leads, and nothing is missed`() async throws {
        try await ClientPage.withPages { service, browser in
            let token = try await service.token("ann")
            var pages: [ClientPage] = []
            for _ in 0..<3 {
                pages.append(
                    try await ClientPage.openLive(
                        in: browser,
                        port: service.port,
                        cookie: token,
                        options: "share: 'leader'"
                    )
                )
            }
            for round in 0..<2 {
                // Whoever came first holds the lock, and the next in line gets it.
                let leader = pages.removeFirst()
                async let closed: Void = leader.page.close()
                for number in 0..<30 {
                    _ = try await service.psql("select freshet.invalidate('{round\(round)/\(number)}', 'user/ann')")
                }
                try await closed
                for page in pages {
                    for number in 0..<30 { try await page.waitUntilTold("round\(round)/\(number)") }
                    // It was told them one by one, and not to fetch everything.
                    #expect(try await page.page.evaluate("told.includes('*')") == false)
                }
                #expect(try await Self.streams(of: service) == 1)
            }
        }
    }

    @Test func `a page of another origin is served where that origin is allowed, and leads there`() async throws {
        try await RunningService.withService { home in
            try await ClientPage.withPages(["--allowed-origin", "http://127.0.0.1:\(home.port)"]) { service, browser in
                let token = try await service.token("ann")
                var pages: [ClientPage] = []
                for _ in 0..<2 {
                    pages.append(
                        try await ClientPage.openLive(
                            in: browser,
                            port: home.port,
                            options: "token: () => '\(token)'",
                            service: service.port
                        )
                    )
                }
                _ = try await service.psql("update todo set done = true where id = 1")
                for page in pages { try await page.waitUntilTold("todo/1") }
                #expect(try await Self.streams(of: service) == 1)
                Self.expectNoErrors(pages)
            }
        }
    }

    // MARK: Who asks

    @Test func `a revoked session stops the page, which says so, and a sign-in begins anew`() async throws {
        try await ClientPage.withPages { service, browser in
            let token = try await service.token("ann")
            let options = "onStopped: (stop) => { window.stopped = stop; }"
            let page = try await ClientPage.openLive(
                in: browser,
                port: service.port,
                cookie: token,
                options: options
            )
            _ = try await service.psql("select freshet.revoke_session('\(token)')")
            try await page.wait(until: "client.state === 'stopped' && window.stopped.status === 401")
            let waiting = try await page.page.evaluate("client.seen('1').catch((error) => error.message)").string ?? ""
            #expect(waiting.contains("stopped"))
            let next = try await service.token("ann")
            try await page.page.setCookie("freshet_session", next, url: "http://127.0.0.1:\(service.port)")
            try await page.forget()
            // What changed meanwhile is told by the position.
            _ = try await service.psql("update todo set done = true where id = 1")
            try await page.page.evaluate("client.reconnect()")
            try await page.waitUntilTold("todo/1")
            try await page.wait(until: "client.state === 'live'")
        }
    }

    @Test func `a page that was stopped before it had told its caches tells them after the next sign-in`() async throws
    {
        try await ClientPage.withPages { service, browser in
            let token = try await service.token("ann")
            let page = try await ClientPage.openLive(in: browser, port: service.port, cookie: token)
            // A change that waits for its time when the stream stops.
            try await page.page.evaluate(
                """
                window.spread = client.listen(({ event, data }) => { if (event === "invalidate") data.spread = 3_600_000; });
                """
            )
            _ = try await service.psql("update todo set done = true where id = 1")
            _ = try await service.psql("select freshet.revoke_session('\(token)')")
            try await page.wait(until: "client.state === 'stopped'")
            try await page.expect("todos", fetched: 0)
            let next = try await service.token("ann")
            try await page.page.setCookie("freshet_session", next, url: "http://127.0.0.1:\(service.port)")
            try await page.page.evaluate("spread(); client.reconnect()")
            try await page.waitUntilTold("todo/1")
        }
    }

    @Test func `where somebody else has signed in, every tab goes over to them, and none hears the one before`()
        async throws
    {
        try await ClientPage.withPages { service, browser in
            let (ann, bob) = (try await service.token("ann"), try await service.token("bob"))
            let first = try await ClientPage.openLive(
                in: browser,
                port: service.port,
                cookie: ann,
                queries: ["todo/1", "todo/3", "end"]
            )
            let second = try await ClientPage.openLive(
                in: browser,
                port: service.port,
                cookie: bob,
                queries: ["todo/1", "todo/3", "end"]
            )
            for page in [first, second] {
                try await page.wait(until: "client.user === 'bob' && client.state === 'live'")
            }
            // What it showed was Ann's.
            try await first.wait(until: "told.includes('*')")
            try await first.forget()
            _ = try await service.psql("update todo set done = true where id in (1, 3)")
            _ = try await service.psql("select freshet.invalidate('{end}')")
            for page in [first, second] {
                try await page.waitUntilTold("end")
                try await page.expect("todo/1", fetched: 0)
                try await page.expect("todo/3", fetched: 1)
            }
            #expect(try await Self.streams(of: service) == 1)
            Self.expectNoErrors([first, second])
        }
    }

    @Test func `a token that has run out is replaced by the next one that the page gives`() async throws {
        try await ClientPage.withPages { service, browser in
            let (old, new) = (try await service.token("ann"), try await service.token("ann"))
            let page = try await ClientPage.open(
                in: browser,
                port: service.port,
                options: "token: (window.tokens = ['\(old)', '\(new)'], () => tokens.shift()), share: 'none'"
            )
            try await page.wait(until: "client.state === 'live' && told.length > 0")
            try await page.forget()
            _ = try await service.psql("select freshet.revoke_session('\(old)')")
            try await page.wait(until: "tokens.length === 0 && client.state === 'live'")
            _ = try await service.psql("update todo set done = true where id = 1")
            try await page.waitUntilTold("todo/1")
            _ = try await service.psql("select freshet.revoke_session('\(new)')")
            try await page.wait(until: "client.state === 'stopped'")
        }
    }
}
