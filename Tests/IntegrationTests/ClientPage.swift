import Foundation
import TestSupport
import Testing

/// A tab that uses the browser's client, with a cache of queries that count how often they are fetched.
///
/// It stands at the address of the client's own file: so it is of the service's origin, and nothing else is on it.
struct ClientPage: Sendable {
    let page: BrowserPage

    /// Two to-dos of Ann's, and one of Bob's.
    static let todos = """
        create table todo (id int primary key, user_id text, done boolean default false);
        insert into todo values (1, 'ann'), (2, 'ann'), (3, 'bob');
        select freshet.watch('todo', '{todos,todo/:id}', '{user/:user_id}');
        """

    /// Runs `body` with a browser, and a service on a database of its own that has these to-dos.
    static func withPages(
        _ arguments: [String] = [],
        _ body: (RunningService, Browser) async throws -> Void
    ) async throws {
        try await Browser.withBrowser { browser in
            try await RunningService.withService(["--heartbeat", "200ms"] + arguments, setUp: todos) { service in
                try await body(service, browser)
            }
        }
    }

    /// - Parameters:
    ///   - queries: each is known by one tag.
    ///   - options: of `connect`, as JavaScript.
    ///   - service: where the client comes from and the stream is; nil: where the page is.
    static func open(
        in browser: Browser,
        port: Int,
        cookie: String? = nil,
        isAlone: Bool = false,
        queries: [String] = ["todos"],
        options: String = "",
        service: Int? = nil
    ) async throws -> Self {
        let page = try await browser.newPage(isAlone: isAlone)
        let origin = "http://127.0.0.1:\(port)"
        if let cookie { try await page.setCookie("freshet_session", cookie, url: origin) }
        try await page.open(origin + RunningService.base + "/client.js")
        let base = (service.map { "http://127.0.0.1:\($0)" } ?? "") + RunningService.base
        let names = try queries.map(BrowserPage.quoted).joined(separator: ",")
        try await page.evaluate(
            """
            import("\(base)/client.js").then(({ connect, textOf }) => {
              window.fetches = Object.fromEntries([\(names)].map((name) => [name, 0]));
              window.told = [];
              window.states = [];
              window.client = connect({ url: "\(base)/sse", \(options) });
              client.listen((told) => told.type === "state" && states.push(told.state));
              client.use((change) => {
                told.push(change.all ? "*" : change.tags.map(textOf).join(" "));
                const stale = Object.keys(fetches).filter((name) => change.isStale([name.split("/")]));
                for (const name of stale) fetches[name] += 1;
                return stale.length;
              });
            })
            """
        )
        return Self(page: page)
    }

    /// The same, once its stream is live and what it knew before has been fetched.
    static func openLive(
        in browser: Browser,
        port: Int,
        cookie: String? = nil,
        isAlone: Bool = false,
        queries: [String] = ["todos"],
        options: String = "",
        service: Int? = nil
    ) async throws -> Self {
        let page = try await open(
            in: browser,
            port: port,
            cookie: cookie,
            isAlone: isAlone,
            queries: queries,
            options: options,
            service: service
        )
        try await page.wait(until: "client.state === 'live' && told.length > 0")
        try await page.forget()
        return page
    }

    /// What the console shows as an error. The browser itself asks for an icon, which nobody has promised it.
    var errors: [String] { page.errors.filter { !$0.hasSuffix("/favicon.ico") } }

    /// Counts anew.
    func forget() async throws {
        try await page.evaluate("told.length = 0; for (const name in fetches) fetches[name] = 0;")
    }

    func wait(until script: String) async throws { try await page.wait(until: script) }

    /// Waits until a tag has been told, alone or with others, or all at once.
    func waitUntilTold(_ tag: String) async throws {
        let tag = try BrowserPage.quoted(tag)
        try await wait(until: "told.some((tags) => tags === '*' || tags.split(' ').includes(\(tag)))")
    }

    /// How often a query has been fetched.
    func fetches(of query: String) async throws -> Double? {
        try await page.evaluate("fetches[\(try BrowserPage.quoted(query))]").number
    }

    func expect(
        _ query: String,
        fetched count: Double,
        _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let fetches = try await fetches(of: query)
        #expect(fetches == count, comment, sourceLocation: sourceLocation)
    }
}
