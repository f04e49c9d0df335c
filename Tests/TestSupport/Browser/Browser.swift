import Foundation
import Subprocess
import Synchronization

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// A real browser without a window, which the test drives by its debugger.
///
/// It reads its orders from descriptor 3 and answers on 4, which the shell makes of the pipes that we hold. So it ends
/// when we do, however that comes about: its pipe is closed then.
package final class Browser: Sendable {
    private let devTools: DevTools

    /// The folder of its profile, which its processes name.
    package let profile: String

    private init(_ devTools: DevTools, profile: String) {
        self.devTools = devTools
        self.profile = profile
    }

    /// Chromium, where there is one.
    package static let program: String? = [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ].first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Where a run keeps what its pages looked like.
    package static let screenshots =
        ProcessInfo.processInfo.environment["FRESHET_SCREENSHOTS"] ?? Repository.root + "/.build/screenshots"

    private static let flags = [
        "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--no-first-run", "--no-default-browser-check",
        "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-sync", "--mute-audio",
        "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
        // Every tab is to run as if somebody looked at it.
        "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
        "--disable-backgrounding-occluded-windows", "--hide-scrollbars", "--force-color-profile=srgb",
    ]

    private static let script = #"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#

    /// How long it may take to start beside whatever else runs.
    private static let startTime = Duration.seconds(120)

    /// Runs a browser with a profile of its own while `body` runs.
    package static func withBrowser<Result>(_ body: (Browser) async throws -> Result) async throws -> Result {
        try await Turnstile.browsers.pass { try await withOwnBrowser(body) }
    }

    private static func withOwnBrowser<Result>(_ body: (Browser) async throws -> Result) async throws -> Result {
        guard let program else { throw DevTools.Failure(description: "there is no chromium on this machine") }
        let profile = FileManager.default.temporaryDirectory.appendingPathComponent(
            "freshet-browser-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: profile) }
        let devTools = DevTools()
        // A task of its own: cancellation must not keep us from seeing it end.
        let running = Task { try await run(program, profile.path, devTools) }
        do {
            try await devTools.call("Browser.getVersion", within: startTime)
            let result = try await body(Browser(devTools, profile: profile.path))
            await end(devTools, running)
            return result
        } catch {
            await end(devTools, running)
            throw error
        }
    }

    private static func end(_ devTools: DevTools, _ running: Task<Void, any Error>) async {
        _ = try? await devTools.call("Browser.close")
        devTools.close()
        _ = await running.result
    }

    private static func run(_ program: String, _ profile: String, _ devTools: DevTools) async throws {
        defer { devTools.close() }
        _ = try await Subprocess.run(
            .path("/bin/sh"),
            arguments: .init(["-c", script, program] + flags + ["--user-data-dir=\(profile)"]),
            input: .inputWriter,
            output: .sequence,
            error: .discarded
        ) { execution in
            let id = execution.processIdentifier.value
            try await withOrphanGuard(of: id) {
                async let reading: Void = read(execution.standardOutput, to: devTools)
                try await write(devTools, to: execution.standardInputWriter)
                // Nothing more is wanted of it. One that does not end by that is given no choice.
                let watchdog = Task {
                    try await Task.sleep(for: patience)
                    _ = Foundation.kill(id, SIGKILL)
                }
                defer { watchdog.cancel() }
                try await reading
            }
        }
    }

    private static func read(_ output: SubprocessOutputSequence, to devTools: DevTools) async throws {
        defer { devTools.close() }
        for try await buffer in output {
            try devTools.receive(unsafe buffer.withUnsafeBytes { unsafe Array($0) })
        }
    }

    private static func write(_ devTools: DevTools, to input: StandardInputWriter) async throws {
        for await message in devTools.messages { _ = try? await input.write(message) }
        try? await input.finish()
    }

    // MARK: Pages

    /// A tab with nothing in it yet.
    ///
    /// - Parameter isAlone: whether it shares no cookie with the others.
    package func newPage(isAlone: Bool = false) async throws -> BrowserPage {
        var parameters: [String: JSONValue] = ["url": "about:blank"]
        if isAlone {
            parameters["browserContextId"] = try await devTools.call("Target.createBrowserContext")["browserContextId"]
        }
        let target = try await devTools.call("Target.createTarget", parameters)["targetId"]
        let attached = try await devTools.call("Target.attachToTarget", ["targetId": target, "flatten": true])
        return try await BrowserPage(devTools, session: attached["sessionId"].string ?? "", target: target)
    }

    /// A tab that shows this address.
    package func newPage(_ url: String) async throws -> BrowserPage {
        let page = try await newPage()
        try await page.open(url)
        return page
    }
}
