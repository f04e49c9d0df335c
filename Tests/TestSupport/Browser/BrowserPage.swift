import Foundation
import Synchronization

/// One tab of a ``Browser``.
package final class BrowserPage: Sendable {
    /// The page's own script failed.
    package struct ScriptFailure: Error, CustomStringConvertible {
        package let description: String
    }

    private let devTools: DevTools
    private let session: String
    private let target: JSONValue
    private let faults = Mutex<[String]>([])

    init(_ devTools: DevTools, session: String, target: JSONValue) async throws {
        self.devTools = devTools
        self.session = session
        self.target = target
        devTools.listen(to: session) { [weak self] in self?.note($0, $1) }
        for domain in ["Page", "Runtime", "Log", "Network"] { try await call("\(domain).enable") }
        // Else only one tab of all has a focus.
        try await call("Emulation.setFocusEmulationEnabled", ["enabled": true])
    }

    /// What the console shows as an error: exceptions, refusals by the content's policy, requests that failed.
    package var errors: [String] { faults.withLock { $0 } }

    private func note(_ method: String, _ parameters: JSONValue) {
        let fault: String? =
            switch method {
            case "Runtime.exceptionThrown": Self.text(of: parameters["exceptionDetails"])
            case "Runtime.consoleAPICalled" where ["error", "assert"].contains(parameters["type"].string):
                parameters["args"].array.map { $0["value"].string ?? $0["description"].string ?? "" }
                    .joined(separator: " ")
            case "Log.entryAdded" where parameters["entry"]["level"].string == "error":
                "\(parameters["entry"]["text"].string ?? "") \(parameters["entry"]["url"].string ?? "")"
            default: nil
            }
        guard let fault else { return }
        faults.withLock { faults in
            if faults.count == 1_000 { faults.removeFirst() }
            faults.append(fault)
        }
    }

    private static func text(of details: JSONValue) -> String {
        details["exception"]["description"].string ?? details["text"].string ?? "an exception"
    }

    @discardableResult
    private func call(_ method: String, _ parameters: [String: JSONValue] = [:]) async throws -> JSONValue {
        try await devTools.call(method, parameters, session: session)
    }

    // MARK: What it shows

    /// Shows an address, as if it had been typed, and waits until it has been read.
    package func open(_ url: String) async throws {
        let answer = try await call("Page.navigate", ["url": .string(url)])
        if let error = answer["errorText"].string { throw ScriptFailure(description: "\(url): \(error)") }
        try await wait(until: "document.readyState === 'complete' && location.href !== 'about:blank'")
    }

    package func reload() async throws { try await call("Page.reload") }

    package func close() async throws { try await devTools.call("Target.closeTarget", ["targetId": target]) }

    /// The value of an expression, awaited where it is a promise.
    @discardableResult
    package func evaluate(_ script: String) async throws -> JSONValue {
        let answer = try await call(
            "Runtime.evaluate",
            ["expression": .string(script), "awaitPromise": true, "returnByValue": true, "userGesture": true]
        )
        guard case .null = answer["exceptionDetails"] else {
            throw ScriptFailure(description: "\(Self.text(of: answer["exceptionDetails"])) in \(script)")
        }
        return answer["result"]["value"]
    }

    /// Waits until an expression is true; one that fails is not true, since the page may be on its way.
    package func wait(until script: String, within limit: Duration = patience) async throws {
        let last = Mutex("")
        do {
            try await withDeadline("the page to make true: \(script)", within: limit) { [self] in
                while true {
                    do {
                        if try await evaluate("Boolean(\(script))").bool == true { return }
                    } catch let failure as ScriptFailure {
                        last.withLock { $0 = failure.description }
                    } catch let failure as DevTools.Failure {
                        last.withLock { $0 = failure.description }
                    }
                    try await Task.sleep(for: .milliseconds(25))
                }
            }
        } catch let exceeded as DeadlineExceeded {
            let shown = try? await evaluate("document.body.innerText").string
            let story = "\(exceeded.what); \(last.withLock { $0 }); errors: \(errors); it shows:\n\(shown ?? "nothing")"
            throw DeadlineExceeded(what: story, limit: exceeded.limit)
        }
    }

    /// What somebody reads who looks at it.
    package func text(of selector: String = "body") async throws -> String {
        try await evaluate("document.querySelector(\(Self.quoted(selector))).innerText").string ?? ""
    }

    /// A string as JavaScript writes it.
    package static func quoted(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }

    /// Keeps an image of the whole page as PNG.
    package func screenshot(to path: String) async throws {
        let size = try await call("Page.getLayoutMetrics")["cssContentSize"]
        let clip: JSONValue = ["x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1]
        let image = try await call(
            "Page.captureScreenshot",
            ["format": "png", "captureBeyondViewport": true, "clip": clip]
        )
        guard let data = image["data"].string.flatMap({ Data(base64Encoded: $0) }) else {
            throw ScriptFailure(description: "there is no image")
        }
        let file = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    // MARK: What its user does

    package func press(_ key: BrowserKey, shift: Bool = false) async throws {
        var parameters = key.parameters
        parameters["modifiers"] = shift ? 8 : 0
        for type in ["keyDown", "keyUp"] {
            parameters["type"] = .string(type)
            try await call("Input.dispatchKeyEvent", parameters)
            // What is typed comes with the key's going down.
            parameters["text"] = nil
        }
    }

    /// Types into what has the focus.
    package func type(_ text: String) async throws { try await call("Input.insertText", ["text": .string(text)]) }

    /// Moves the focus on by the keyboard until an element has it.
    package func tab(to selector: String, backwards: Bool = false) async throws {
        let hasFocus = "document.activeElement?.matches(\(try Self.quoted(selector)))"
        for _ in 0..<200 {
            if try await evaluate(hasFocus).bool == true { return }
            try await press(.tab, shift: backwards)
        }
        throw ScriptFailure(description: "the keyboard does not reach \(selector)")
    }

    // MARK: What is around it

    package func setCookie(_ name: String, _ value: String, url: String) async throws {
        try await call(
            "Network.setCookie",
            ["name": .string(name), "value": .string(value), "url": .string(url), "httpOnly": true]
        )
    }

    package func setOffline(_ isOffline: Bool) async throws {
        try await call(
            "Network.emulateNetworkConditions",
            ["offline": .bool(isOffline), "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1]
        )
    }

    package func setDark(_ isDark: Bool) async throws {
        let feature: JSONValue = ["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]
        try await call("Emulation.setEmulatedMedia", ["features": [feature]])
    }

    package func setSize(width: Int, height: Int) async throws {
        try await call(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .number(Double(width)), "height": .number(Double(height)), "deviceScaleFactor": 1,
                "mobile": false,
            ]
        )
    }
}
