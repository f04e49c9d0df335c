import Foundation
import TestSupport
import Testing

/// That the browser which tests look through shows what a page does.
@Suite(.serialized, .enabled(if: Browser.program != nil || isCI, "chromium is not installed"))
struct BrowserTests {
    private static func url(_ html: String) -> String {
        "data:text/html;base64," + Data(html.utf8).base64EncodedString()
    }

    @Test func `keys reach what has the focus, and text what is typed into`() async throws {
        try await Browser.withBrowser { browser in
            let page = try await browser.newPage(
                Self.url("<input id=a><button id=b onclick='this.textContent = a.value'>go</button>")
            )
            try await page.tab(to: "#a")
            try await page.type("für <b>")
            try await page.press(.tab)
            for key in [BrowserKey.space, .enter] {
                try await page.evaluate("b.textContent = 'go'")
                try await page.press(key)
                try await page.wait(until: "b.textContent === 'für <b>'")
            }
            try await page.press(.tab, shift: true)
            #expect(try await page.evaluate("document.activeElement.id") == "a")
        }
    }

    @Test func `what the console shows as an error is kept, and what a script throws is thrown`() async throws {
        try await Browser.withBrowser { browser in
            let page = try await browser.newPage(
                Self.url("<script>console.error('one', 'two'); setTimeout(() => { throw new Error('three') })</script>")
            )
            try await page.wait(until: "true")
            #expect(page.errors.first == "one two")
            await #expect(throws: BrowserPage.ScriptFailure.self) { try await page.evaluate("nothing.there") }
            #expect(
                try await page.evaluate("Promise.resolve([1, 'a', null, {b: true}])") == [1, "a", .null, ["b": true]]
            )
        }
    }

    @Test func `tabs are offline, dark, narrow and alone each for itself`() async throws {
        try await Browser.withBrowser { browser in
            let (one, other) = (try await browser.newPage(Self.url("one")), try await browser.newPage(isAlone: true))
            try await one.setOffline(true)
            try await one.setDark(true)
            try await one.setSize(width: 400, height: 300)
            #expect(try await one.evaluate("[navigator.onLine, innerWidth]") == [false, 400])
            #expect(try await one.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == true)
            #expect(try await other.evaluate("navigator.onLine") == true)
            try await one.setOffline(false)
            #expect(try await one.evaluate("navigator.onLine") == true)
            let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).png")
            defer { try? FileManager.default.removeItem(at: path) }
            try await one.screenshot(to: path.path)
            #expect(try Data(contentsOf: path).starts(with: [0x89, 0x50, 0x4E, 0x47]))
        }
    }

    @Test func `a browser ends with its test, whatever became of that`() async throws {
        struct Given: Error {}
        await #expect(throws: Given.self) {
            try await Browser.withBrowser { browser in
                _ = try await browser.newPage(Self.url("page"))
                throw Given()
            }
        }
    }

    #if os(Linux)
        private static let victim = "FRESHET_TEST_BROWSER_VICTIM"

        @Test func `a killed test process leaves no browser behind`() async throws {
            let arguments = ["--testing-library", "swift-testing", "--filter", "the one that is killed"]
            let itself = CommandLine.arguments[0]
            try await ServiceProcess.withProcess(itself, arguments, environment: [Self.victim: "1"]) { run in
                let line = try await run.line(containing: "profile:", within: .seconds(120))
                let profile = try #require(line.split(separator: " ").last)
                run.kill()
                #expect(try await run.exit() == .signal(SIGKILL))
                // Written so that it does not find itself.
                let pattern = profile.replacing("freshet-browser", with: "[f]reshet-browser")
                let watch =
                    "while grep -lsa -- '\(pattern)' /proc/[0-9]*/cmdline >/dev/null; do sleep 0.02; done; echo gone"
                try await ServiceProcess.withProcess("/bin/sh", ["-c", watch]) { try await $0.line(containing: "gone") }
                try? FileManager.default.removeItem(atPath: String(profile))
            }
        }

        /// Run by the test above in a process of its own.
        @Test(.enabled(if: ProcessInfo.processInfo.environment[victim] != nil, "only in a process of its own"))
        func `the one that is killed`() async throws {
            try await Browser.withBrowser { browser in
                _ = try await browser.newPage(Self.url("page"))
                FileHandle.standardOutput.write(Data("profile: \(browser.profile)\n".utf8))
                try await Latch().wait()
            }
        }
    #endif
}
