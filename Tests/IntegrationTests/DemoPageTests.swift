import Foundation
import TestSupport
import Testing

/// The demo's page in a real browser.
///
/// That something is not refetched is seen by what is: a change that comes after it counts as the next.
@Suite(.serialized, .enabled(if: Browser.program != nil || isCI, "chromium is not installed"))
struct DemoPageTests {
    private static func withPage(
        query: String = "",
        _ body: (RunningDemo, BrowserPage) async throws -> Void
    ) async throws {
        try await Browser.withBrowser { browser in
            try await RunningDemo.withDemo { demo in
                let page = try await browser.newPage()
                try await page.setSize(width: 1_200, height: 900)
                try await open(demo, page, query)
                try await body(demo, page)
            }
        }
    }

    private static func open(_ demo: RunningDemo, _ page: BrowserPage, _ query: String = "") async throws {
        try await page.open("http://127.0.0.1:\(demo.port)/\(query)")
        try await page.wait(until: shows("ada", ".state", "live") + " && " + shows("grace", ".state", "live"))
    }

    private static func selector(_ user: String, _ part: String) -> String { ".panel[data-user=\(user)] \(part)" }

    /// Whether a part of a user's panel has this text, in which is no quote, in it.
    private static func shows(_ user: String, _ part: String, _ text: String) -> String {
        "document.querySelector(\"\(selector(user, part))\").innerText.includes(\"\(text)\")"
    }

    /// Whether a panel has refetched so often, and shows what it fetched.
    private static func hasRefetched(_ user: String, _ count: Int) -> String {
        "document.querySelector('\(selector(user, ".refetches .number"))').textContent === '\(count)'"
    }

    private static func refetches(_ user: String, _ page: BrowserPage) async throws -> Int? {
        Int(try await page.text(of: selector(user, ".refetches .number")))
    }

    /// Pastes one of the lines that the terminal shows.
    private static func paste(_ purpose: String, _ demo: RunningDemo) async throws {
        try await RunningDemo.shell(demo.commands["\(purpose):", default: "exit 1"])
    }

    private static func isTicked(_ title: String, in user: String) -> String {
        let rows = "[...document.querySelectorAll('\(selector(user, ".todos li"))')]"
        return "\(rows).find((row) => row.innerText.includes('\(title)')).querySelector('input').checked"
    }

    /// Presses a button, or ticks a box, by the keyboard.
    private static func press(_ user: String, _ part: String, _ page: BrowserPage) async throws {
        try await page.tab(to: selector(user, part))
        try await page.press(.space)
    }

    private static func expectNoErrors(_ page: BrowserPage) {
        #expect(page.errors.isEmpty, "\(page.errors)")
    }

    // MARK: What goes stale

    @Test func `a row that psql changes is refetched where it may be seen, and nowhere else`() async throws {
        try await Self.withPage { demo, page in
            #expect(try await page.evaluate(Self.isTicked("Bernoulli", in: "ada")) == false)
            try await Self.paste("Change what only Ada may see", demo)
            try await page.wait(until: Self.hasRefetched("ada", 1))
            #expect(try await page.evaluate(Self.isTicked("Bernoulli", in: "ada")) == true)
            // What changed is lit up, and nothing else.
            let lit = "[...document.querySelectorAll('.todos .fresh')].map((row) => row.dataset.id).sort().join()"
            #expect(try await page.evaluate(lit) == "1,2")
            try await Self.paste("Change what both may see", demo)
            try await page.wait(until: Self.hasRefetched("ada", 2) + " && " + Self.hasRefetched("grace", 1))
            #expect(try await page.text(of: Self.selector("ada", ".log")).contains("user/ada"))
            #expect(try await !page.text(of: Self.selector("grace", ".log")).contains("user/ada"))
            Self.expectNoErrors(page)
        }
    }

    @Test func `a panel's own write is applied from its answer, and refetched by the other alone`() async throws {
        try await Self.withPage { demo, page in
            try await Self.press("ada", ".shared input", page)
            try await page.wait(until: Self.hasRefetched("grace", 1))
            try await page.wait(until: Self.shows("ada", ".log", "own write, passed over"))
            try await page.wait(until: Self.shows("ada", ".own", "1 own write"))
            for user in ["ada", "grace"] {
                #expect(try await page.evaluate(Self.isTicked("Buy tea", in: user)) == true, "\(user)")
            }
            // A row of another's is not hers to hear of, and a new one stands where it belongs.
            try await page.tab(to: Self.selector("ada", ".add input"))
            try await page.type("Sail to Turin")
            try await page.press(.enter)
            try await page.wait(until: Self.shows("ada", ".owned", "Sail to Turin"))
            #expect(try await page.evaluate("document.activeElement.value") == "")
            try await Self.paste("Change what both may see", demo)
            try await page.wait(until: Self.hasRefetched("ada", 1) + " && " + Self.hasRefetched("grace", 2))
            #expect(try await page.evaluate(Self.isTicked("Buy tea", in: "ada")) == false)
            #expect(try await !page.text(of: Self.selector("grace", ".log")).contains("own write"))
            Self.expectNoErrors(page)
        }
    }

    @Test func `a bulk change costs the other panel one refetch`() async throws {
        try await Self.withPage { demo, page in
            #expect(try await page.text(of: Self.selector("ada", ".all")) == "Mark all done")
            try await Self.press("ada", ".all", page)
            try await page.wait(until: Self.hasRefetched("grace", 1))
            try await page.wait(until: Self.shows("ada", ".all", "Mark all not done"))
            let boxes = "[...document.querySelectorAll('\(Self.selector("ada", ".todos input"))')]"
            #expect(try await page.evaluate("\(boxes).map((box) => box.checked).join()") == "true,true,true,true")
            try await Self.paste("Change what both may see", demo)
            try await page.wait(until: Self.hasRefetched("grace", 2) + " && " + Self.hasRefetched("ada", 1))
            Self.expectNoErrors(page)
        }
    }

    @Test func `a panel that was offline refetches once for all that it has missed`() async throws {
        try await Self.withPage { demo, page in
            try await Self.press("ada", ".offline input", page)
            try await page.wait(until: Self.shows("ada", ".state", "offline"))
            for count in 1...3 {
                try await Self.paste("Change what both may see", demo)
                try await page.wait(until: Self.hasRefetched("grace", count))
            }
            #expect(try await Self.refetches("ada", page) == 0)
            #expect(try await page.evaluate(Self.isTicked("Buy tea", in: "ada")) == false)
            // It can change nothing meanwhile, and does not look as if it had.
            try await Self.press("ada", ".shared input", page)
            try await page.wait(until: Self.shows("ada", ".error", "Ada is offline"))
            #expect(try await page.evaluate(Self.isTicked("Buy tea", in: "ada")) == false)

            try await Self.press("ada", ".offline input", page)
            try await page.wait(until: Self.hasRefetched("ada", 1))
            #expect(try await page.evaluate(Self.isTicked("Buy tea", in: "ada")) == true)
            try await Self.paste("Change what both may see", demo)
            try await page.wait(until: Self.hasRefetched("grace", 4) + " && " + Self.shows("ada", ".state", "live"))
            try await page.wait(until: "!(\(Self.isTicked("Buy tea", in: "ada")))")
            #expect(try await Self.refetches("ada", page) == 2)
            Self.expectNoErrors(page)
        }
    }

    // MARK: Signing in and out

    @Test func `who signs out sees nothing more, and is live again after signing in`() async throws {
        try await Self.withPage { demo, page in
            try await Self.paste("Change what only Ada may see", demo)
            try await page.wait(until: Self.hasRefetched("ada", 1))
            try await Self.press("ada", ".sign", page)
            try await page.wait(until: Self.shows("ada", ".state", "stopped"))
            try await page.wait(until: Self.shows("ada", "", "Ada is signed out."))
            #expect(try await page.evaluate("document.querySelector('\(Self.selector("ada", ".todos li"))')") == .null)
            #expect(try await page.text(of: Self.selector("ada", "")).contains("There is no valid session"))
            // It is the other's business in no way.
            try await Self.paste("Change what both may see", demo)
            try await page.wait(until: Self.hasRefetched("grace", 1))
            #expect(try await page.evaluate(Self.shows("grace", ".state", "live")) == true)
            try await page.screenshot(to: "\(Browser.screenshots)/demo-signed-out.png")

            #expect(try await page.evaluate("document.activeElement.innerText") == "Sign in")
            try await page.press(.space)
            try await page.wait(until: Self.shows("ada", ".state", "live"))
            try await page.wait(until: Self.shows("ada", ".owned", "Bernoulli"))
            #expect(try await page.evaluate(Self.isTicked("Buy tea", in: "ada")) == true)
            #expect(try await page.evaluate("document.activeElement.innerText") == "Sign out")
            try await Self.paste("Change what only Ada may see", demo)
            try await page.wait(until: "!(\(Self.isTicked("Bernoulli", in: "ada")))")
            Self.expectNoErrors(page)
        }
    }

    @Test func `a session that psql revokes ends its panel, and stays ended in a page that is opened anew`()
        async throws
    {
        try await Self.withPage { demo, page in
            try await Self.paste("Sign Ada out", demo)
            try await page.wait(until: Self.shows("ada", "", "Ada is signed out."))
            Self.expectNoErrors(page)
            try await Self.press("ada", ".sign", page)
            try await page.wait(until: Self.shows("ada", ".state", "live"))

            // The lines to paste are those of the new session.
            let line =
                "[...document.querySelectorAll('#commands li')]"
                + ".find((line) => line.innerText.includes('Sign Ada out')).querySelector('code').innerText"
            try await RunningDemo.shell(page.evaluate(line).string ?? "exit 1")
            try await page.wait(until: Self.shows("ada", "", "Ada is signed out."))
            try await Self.press("ada", ".sign", page)
            try await page.wait(until: Self.shows("ada", ".state", "live"))
            try await Self.press("ada", ".sign", page)
            try await page.wait(until: Self.shows("ada", ".state", "stopped"))

            // The operator's cookie is there now, and is no session of Ada's.
            try await page.open("http://127.0.0.1:\(demo.port)/operator")
            try await page.open("http://127.0.0.1:\(demo.port)/")
            try await page.wait(until: Self.shows("grace", ".state", "live"))
            #expect(try await page.text(of: Self.selector("ada", "")).contains("Ada is signed out."))
            #expect(try await page.text(of: Self.selector("ada", ".state")) == "stopped")
            try await Self.press("ada", ".sign", page)
            try await page.wait(until: Self.shows("ada", ".owned", "Bernoulli"))
            try await page.wait(until: Self.shows("ada", ".scopes", "user/ada"))
            Self.expectNoErrors(page)
        }
    }

    // MARK: What its user does

    @Test func `what is refused is explained, and nothing that was typed is lost`() async throws {
        try await Self.withPage { _, page in
            try await page.tab(to: Self.selector("grace", ".add input"))
            try await page.type("   ")
            try await page.press(.enter)
            try await page.wait(until: Self.shows("grace", ".error", "A to-do has a title of 1 to 200 characters."))
            #expect(try await page.evaluate("document.activeElement.value") == "   ")
            try await page.type("<b>Bug</b>")
            try await page.tab(to: Self.selector("grace", ".add button[value=shared]"))
            try await page.press(.enter)
            try await page.wait(until: Self.shows("ada", ".shared", "<b>Bug</b>"))
            try await page.wait(until: "document.querySelector('\(Self.selector("grace", ".error"))').hidden")
            // The browser notes the refusal, and it is the only one.
            #expect(page.errors.count == 1 && page.errors[0].contains("400"), "\(page.errors)")
        }
    }

    @Test func `a refetch or a write that fails says so, and can be tried again`() async throws {
        try await Self.withPage { demo, page in
            // The page's own requests fail; its stream is the shared worker's.
            try await page.setOffline(true)
            try await Self.paste("Change what only Ada may see", demo)
            try await page.wait(until: Self.shows("ada", ".error", "The demo does not answer."))
            #expect(try await page.evaluate(Self.isTicked("Bernoulli", in: "ada")) == false)
            try await page.setOffline(false)
            try await Self.press("ada", ".retry", page)
            try await page.wait(until: Self.hasRefetched("ada", 1))
            #expect(try await page.evaluate(Self.isTicked("Bernoulli", in: "ada")) == true)
            try await page.wait(until: "document.querySelector('\(Self.selector("ada", ".error"))').hidden")
            #expect(try await page.evaluate("document.activeElement.innerText") == "Sign out")

            try await page.setOffline(true)
            try await Self.press("grace", ".owned input", page)
            try await page.wait(until: "!document.querySelector('\(Self.selector("grace", ".retry"))').hidden")
            #expect(try await page.evaluate(Self.isTicked("Find the moth", in: "grace")) == false)
            try await page.setOffline(false)
            try await Self.press("grace", ".retry", page)
            try await page.wait(until: Self.hasRefetched("grace", 1))
            #expect(page.errors.allSatisfy { $0.contains("ERR_INTERNET_DISCONNECTED") }, "\(page.errors)")
        }
    }

    @Test func `the keyboard keeps its place through refetches, moves and deletions`() async throws {
        let focused = "(document.activeElement.closest('li')?.dataset.id ?? '') + document.activeElement.tagName"
        try await Self.withPage { demo, page in
            try await page.tab(to: Self.selector("ada", "li[data-id=\"2\"] .delete"))
            try await Self.paste("Change what only Ada may see", demo)
            try await page.wait(until: Self.hasRefetched("ada", 1))
            #expect(try await page.evaluate(focused) == "2BUTTON")
            // The row above goes, by another's hand.
            _ = try await demo.psql("delete from todo where id = 1")
            try await page.wait(until: Self.hasRefetched("ada", 2))
            #expect(try await page.evaluate(focused) == "2BUTTON")
            // The row moves to the other list, and its button is another then.
            try await page.tab(to: Self.selector("ada", "li[data-id=\"2\"] .moves button:last-child"), backwards: true)
            try await page.press(.space)
            try await page.wait(until: Self.shows("ada", ".shared", "Return the loom cards"))
            #expect(try await page.evaluate(focused) == "2INPUT")
            try await Self.press("ada", "li[data-id=\"2\"] .delete", page)
            try await page.wait(until: "!document.querySelector('\(Self.selector("ada", "li[data-id=\"2\"]"))')")
            #expect(try await page.evaluate(focused) == "5INPUT")
            _ = try await demo.psql("delete from todo where user_id is null")
            try await page.wait(until: "!document.querySelector('\(Self.selector("ada", ".todos li"))')")
            #expect(try await page.evaluate("document.activeElement.name") == "title")
            Self.expectNoErrors(page)
        }
    }

    @Test func `every control has a name`() async throws {
        try await Self.withPage { _, page in
            let nameless = """
                [...document.querySelectorAll("button, input, a, [role=log]")].filter((element) => {
                  const label = element.ariaLabel || element.innerText || element.closest("label")?.innerText;
                  return !label?.trim();
                }).map((element) => element.outerHTML).join()
                """
            let found = try await page.evaluate(nameless)
            #expect(found == "")
        }
    }

    // MARK: The debug panels

    @Test func `the debug panels of both users stand side by side, each with its own stream`() async throws {
        try await Self.withPage { demo, page in
            try await page.tab(to: "#debug")
            try await page.press(.enter)
            let panels = "[...document.querySelector('freshet-debug').shadowRoot.querySelectorAll('details')]"
            try await page.wait(until: "\(panels).length === 2")
            try await page.wait(
                until: Self.shows("ada", ".state", "live") + " && " + Self.shows("grace", ".state", "live")
            )
            try await Self.paste("Change what only Ada may see", demo)
            let texts = "\(panels).map((panel) => panel.innerText)"
            try await page.wait(
                until: "\(texts).some((text) => text.includes('freshet ada') && text.includes('1 stale'))"
            )
            try await Self.paste("Change what both may see", demo)
            try await page.wait(
                until: "\(texts).some((text) => text.includes('freshet grace') && text.includes('1 stale'))"
            )
            #expect(try await page.evaluate("\(texts).filter((text) => text.includes('user/ada')).length") == 1)
            let areApart = """
                (([one, other]) => one.right <= other.left || other.right <= one.left
                  || one.bottom <= other.top || other.bottom <= one.top)(\(panels).map((p) => p.getBoundingClientRect()))
                """
            for width in [1_200, 400] {
                try await page.setSize(width: width, height: 900)
                #expect(try await page.evaluate(areApart) == true, "\(width)")
                let fit =
                    "\(panels).every((p) => p.getBoundingClientRect().top >= 0 && p.getBoundingClientRect().left >= 0)"
                #expect(try await page.evaluate(fit) == true, "\(width)")
                try await page.screenshot(to: "\(Browser.screenshots)/demo-debug-\(width).png")
            }
            // Each has its own switch.
            try await page.evaluate(
                "\(panels).find((p) => p.innerText.includes('freshet ada')).querySelector('button').click()"
            )
            try await page.wait(until: Self.shows("ada", ".state", "offline"))
            #expect(try await page.evaluate(Self.shows("grace", ".state", "live")) == true)
            try await page.wait(until: "document.querySelector('\(Self.selector("ada", ".offline input"))').checked")
            #expect(try await page.text(of: "#debug") == "Without the debug panels")
            Self.expectNoErrors(page)
        }
    }

    // MARK: How it looks

    @Test func `it is kept as images, light, dark and narrow, and fits each width`() async throws {
        try await Self.withPage { demo, page in
            try await Self.press("ada", ".owned input", page)
            try await page.wait(until: Self.shows("ada", ".log", "own write, passed over"))
            try await Self.paste("Change what only Grace may see", demo)
            try await page.wait(until: Self.hasRefetched("grace", 1))
            try await page.tab(to: Self.selector("grace", ".add input"))
            try await page.type(
                "Send the compiler to everybody who has asked for it, with a note on what a nanosecond is"
            )
            try await page.press(.enter)
            try await page.wait(until: Self.shows("grace", ".log", "own write, passed over"))
            try await Self.paste("Change what both may see", demo)
            try await page.wait(until: Self.hasRefetched("grace", 2) + " && " + Self.hasRefetched("ada", 1))
            // Without what is only there for a moment.
            let pulses = "[...document.querySelectorAll('.panel')].flatMap((panel) => panel.getAnimations())"
            try await page.evaluate("Promise.all(\(pulses).map((pulse) => pulse.finished)).then(() => true)")
            for (name, width, isDark) in [
                ("demo", 1_200, false), ("demo-dark", 1_200, true), ("demo-narrow", 400, false),
            ] {
                try await page.setDark(isDark)
                try await page.setSize(width: width, height: 900)
                let fits = "document.documentElement.scrollWidth <= innerWidth"
                #expect(try await page.evaluate(fits) == true, "\(name)")
                try await page.screenshot(to: "\(Browser.screenshots)/\(name).png")
            }
            Self.expectNoErrors(page)
        }
    }
}
