import Foundation
import Oracle
import TestSupport
import Testing

/// The operator's page in a real browser.
@Suite(.serialized, .enabled(if: Browser.program != nil || isCI, "chromium is not installed"))
struct OperatorPageTests {
    /// A page that an administrator has open, and the service behind it.
    private struct Opened {
        let service: RunningService
        let page: BrowserPage
        let token: String
    }

    private static let path = RunningService.base + "/admin"

    private static func withPage(
        _ arguments: [String] = ["--heartbeat", "200ms"],
        setUp: String = "",
        _ body: (Opened) async throws -> Void
    ) async throws {
        try await Browser.withBrowser { browser in
            try await RunningService.withService(arguments, setUp: setUp) { service in
                let token = try await service.token("9", "is_admin => true")
                let page = try await open(service, browser, token)
                try await body(Opened(service: service, page: page, token: token))
            }
        }
    }

    private static func open(_ service: RunningService, _ browser: Browser, _ token: String) async throws -> BrowserPage
    {
        let page = try await browser.newPage()
        try await page.setSize(width: 1_600, height: 1_000)
        try await page.setCookie("freshet_session", token, url: "http://127.0.0.1:\(service.port)")
        try await page.open("http://127.0.0.1:\(service.port)\(path)")
        try await page.wait(until: isLive)
        return page
    }

    private static let isLive = "document.querySelector('#link').textContent === 'live'"

    /// Whether an element's text has this in it.
    private static func shows(_ selector: String, _ text: String) throws -> String {
        "document.querySelector(\(try BrowserPage.quoted(selector)))?.innerText.includes(\(try BrowserPage.quoted(text)))"
    }

    private static let todos = """
        create table todo (id int primary key, user_id text, done boolean default false);
        insert into todo values (42, 'ann'), (43, 'bob');
        select freshet.watch('todo', '{todos,todo/:id}', '{user/:user_id}');
        """

    // MARK: What passes

    @Test func `a row that changes passes by with who hears of it, and why`() async throws {
        try await Self.withPage(setUp: Self.todos) { opened in
            let (service, page) = (opened.service, opened.page)
            try await service.withStream(try await service.token("ann")) { stream, _ in
                _ = try await service.psql("update todo set done = true where id = 42")
                _ = try await stream.nextEvent("invalidate")
                try await page.wait(until: Self.shows("#passing", "todo/42"))
                let row = try await page.text(of: "#passing tr")
                #expect(row.contains("user/ann") && row.contains("ann (own user)"), "\(row)")
                _ = try await service.psql("update todo set done = true where id = 43")
                try await page.wait(until: Self.shows("#passing tr", "nobody here"))
                try await page.wait(until: Self.shows("#by-user", "ann"))
                try await page.wait(until: Self.shows("#busy-tags", "todo/42"))
            }
            // Held by the keyboard, it lets nothing in until it is let go.
            try await page.tab(to: "#hold")
            try await page.press(.space)
            try await page.wait(until: "document.querySelector('#hold').ariaPressed === 'true'")
            _ = try await service.psql("select freshet.invalidate('{late}')")
            try await page.wait(until: Self.shows("#kept", "1 kept back"))
            #expect(try await !page.text(of: "#passing").contains("late"))
            try await page.press(.space)
            try await page.wait(until: Self.shows("#passing tr", "late"))
            #expect(page.errors.isEmpty, "\(page.errors)")
        }
    }

    @Test func `what somebody has written into a tag or a user stays text`() async throws {
        try await Self.withPage { opened in
            let (service, page) = (opened.service, opened.page)
            let hostile = "<img src=x onerror=document.title='struck'>"
            let user = try await service.token(hostile.replacing("'", with: "''"))
            try await service.withStream(user) { _, _ in
                let tag = hostile.replacing("'", with: "''")
                _ = try await service.psql("select freshet.invalidate(array['\(tag)'])")
                _ = try await service.psql("select freshet.disable_tags(array['\(tag)x'], '\(tag)')")
                for place in ["#passing", "#by-user", "#busy-tags", "#disabled"] {
                    try await page.wait(until: Self.shows(place, hostile))
                }
                #expect(try await page.evaluate("document.images.length") == 0)
                #expect(try await page.evaluate("document.title") == "Freshet, operator's page")
            }
            #expect(page.errors.isEmpty, "\(page.errors)")
        }
    }

    // MARK: Controls

    @Test func `deliveries are paused and resumed by the keyboard alone`() async throws {
        try await Self.withPage { opened in
            let page = opened.page
            try await page.tab(to: "#pause")
            try await page.press(.enter)
            try await page.wait(until: "document.querySelector('#confirm').open")
            try await page.press(.escape)
            try await page.wait(until: "!document.querySelector('#confirm').open")
            #expect(try await page.text(of: "#running") == "running")
            try await page.tab(to: "#pause")
            try await page.press(.enter)
            try await page.wait(until: "document.querySelector('#confirm').open")
            try await page.screenshot(to: "\(Browser.screenshots)/operator-dialog.png")
            try await page.tab(to: "#confirm-yes")
            try await page.press(.enter)
            try await page.wait(until: Self.shows("#running", "paused"))
            _ = try await opened.service.psql("select freshet.invalidate('{todo/42}')")
            try await page.wait(until: Self.shows("#passing", "held: paused"))
            #expect(try await opened.service.psql("select made_by from freshet.control").contains("9"))
            try await page.wait(until: "document.activeElement.id === 'resume'")
            try await page.press(.space)
            try await page.wait(until: Self.shows("#running", "running"))
            #expect(page.errors.isEmpty, "\(page.errors)")
        }
    }

    @Test func `a tag is disabled and enabled, and a bad one is explained`() async throws {
        try await Self.withPage { opened in
            let (service, page) = (opened.service, opened.page)
            try await page.tab(to: "#disable-tag")
            try await page.type("todo/42")
            try await page.press(.enter)
            try await page.wait(until: Self.shows("#disabled", "todo/42"))
            _ = try await service.psql("select freshet.invalidate('{todo/42}')")
            try await page.wait(until: Self.shows("#passing tr", "dropped: disabled"))
            try await page.tab(to: "#disable-tag")
            try await page.type("50%")
            try await page.press(.enter)
            try await page.wait(until: Self.shows("#notice", "50%"))
            try await page.evaluate("document.querySelector('#disabled button').click()")
            try await page.wait(until: Self.shows("#disabled", "None."))
            // Enabled, it is stale for everybody.
            try await page.wait(until: Self.shows("#passing tr", "*"))
            #expect(page.errors.isEmpty, "\(page.errors)")
        }
    }

    @Test func `a user's streams are ended from their row`() async throws {
        try await Self.withPage { opened in
            let (service, page) = (opened.service, opened.page)
            try await service.withStream(try await service.token("ann")) { stream, _ in
                try await page.wait(until: Self.shows("#by-user", "ann"))
                try await page.tab(to: "#by-user button")
                try await page.press(.enter)
                try await page.wait(until: "document.querySelector('#confirm').open")
                try await page.tab(to: "#confirm-yes")
                try await page.press(.enter)
                #expect(try await stream.nextEvent("goaway").json.reason == "revoked")
            }
            try await page.wait(until: Self.shows("#by-user", "Nobody has a stream here."))
            #expect(page.errors.isEmpty, "\(page.errors)")
        }
    }

    @Test func `the box says who would hear`() async throws {
        try await Self.withPage { opened in
            let (service, page) = (opened.service, opened.page)
            try await service.withStream(try await service.token("ann")) { _, _ in
                try await page.tab(to: "#ask-tag")
                try await page.type("todo/42")
                try await page.press(.enter)
                try await page.wait(until: Self.shows("#answer", "1 stream: ann (global)"))
                try await page.evaluate("document.querySelector('#ask-scope').value = 'nonsense'")
                try await page.press(.enter)
                try await page.wait(until: Self.shows("#notice", "The scope 'nonsense' is neither"))
            }
        }
    }

    // MARK: The feed

    @Test func `whoever is logged out is told so and sees nothing more`() async throws {
        try await Self.withPage { opened in
            let (service, page) = (opened.service, opened.page)
            _ = try await service.psql(
                "select freshet.revoke_session('\(opened.token)'); select freshet.invalidate('{secret}')"
            )
            try await page.wait(until: "!document.querySelector('#ended').hidden")
            let text = try await page.text()
            #expect(text.contains("You are signed out") && text.contains("There is no valid session"))
            #expect(!text.contains("secret"))
            try await page.screenshot(to: "\(Browser.screenshots)/operator-signed-out.png")
            #expect(try await page.evaluate("document.querySelector('main')") == .null)
        }
    }

    @Test func `a page whose service is restarted shows that it is stale, and recovers`() async throws {
        try await TestDatabase.withDatabase { database in
            let role = "svc_\(database.name)"
            try await database.psql("create role \(role) login; grant freshet_service to \(role);")
            let port = try await FreePort.find()
            func run(_ body: (RunningService) async throws -> Void) async throws {
                try await RunningService.start(
                    conninfo: database.conninfo(user: role),
                    ["--port", "\(port)"],
                    psql: { try await database.psql($0) },
                    body
                )
            }
            try await Browser.withBrowser { browser in
                let page = try await browser.newPage()
                try await run { service in
                    let token = try await service.token("9", "is_admin => true")
                    try await page.setCookie("freshet_session", token, url: "http://127.0.0.1:\(port)")
                    try await page.open("http://127.0.0.1:\(port)\(Self.path)")
                    try await page.wait(until: Self.isLive)
                    service.process.terminate()
                    #expect(try await service.process.exit() == .code(0))
                }
                try await page.wait(until: "document.body.hasAttribute('data-stale')")
                try await page.screenshot(to: "\(Browser.screenshots)/operator-lost.png")
                #expect(try await page.text(of: ".link").contains("last heard"))
                try await run { service in
                    try await page.wait(until: Self.isLive)
                    _ = try await service.psql("select freshet.invalidate('{anew}')")
                    try await page.wait(until: Self.shows("#passing", "anew"))
                }
            }
        }
    }

    // MARK: How it looks

    @Test func `it is kept as images, light, dark and narrow, and fits each width`() async throws {
        try await Self.withPage(setUp: Self.todos) { opened in
            let (service, page) = (opened.service, opened.page)
            let ann = try await service.token("ann", "scopes => '{tenant/acme}'")
            let bob = try await service.token("bob", "scopes => '{tenant/acme}'")
            try await service.withStream(ann) { first, _ in
                try await service.withStream(ann, query: "?tags=note") { _, _ in
                    try await service.withStream(bob) { _, _ in
                        try await Self.show(service, page)
                        _ = first
                    }
                }
            }
            #expect(page.errors.isEmpty, "\(page.errors)")
        }
    }

    private static func show(_ service: RunningService, _ page: BrowserPage) async throws {
        _ = try await service.psql("select freshet.disable_tags('{report,todo/7}', '9')")
        for number in 0..<12 {
            _ = try await service.psql(
                """
                update todo set done = not done where id = \(42 + number % 2);
                select freshet.invalidate(array['note/\(number)', 'notes'], 'tenant/acme');
                select freshet.invalidate('{news}'); select freshet.invalidate('{report/\(number)}');
                """
            )
            try await page.wait(until: shows("#passing", "note/\(number)"))
        }
        try await page.evaluate("document.querySelector('#ask-tag').value = 'note/1'")
        try await page.evaluate("document.querySelector('#ask-scope').value = 'tenant/acme'")
        try await page.evaluate("document.querySelector('#ask').requestSubmit()")
        try await page.wait(until: shows("#answer", "3 streams"))
        try await page.wait(until: "document.querySelectorAll('#latency path').length === 2")
        for (name, width, isDark) in [
            ("light", 1_600, false), ("dark", 1_600, true), ("medium", 900, false), ("narrow", 400, false),
            ("narrow-dark", 400, true),
        ] {
            try await page.setDark(isDark)
            try await page.setSize(width: width, height: 900)
            #expect(try await page.evaluate("document.documentElement.scrollWidth <= innerWidth") == true, "\(name)")
            try await page.screenshot(to: "\(Browser.screenshots)/operator-\(name).png")
        }
    }
}
