import Foundation
import TestSupport
import ThrowawayPostgres

/// `freshet demo` as a person has it before them: a process, and what it has printed.
struct RunningDemo: Sendable {
    let process: ServiceProcess
    let directory: String
    let port: Int
    let tokens: [String: String]

    /// The lines to paste, by what is printed above each.
    let commands: [String: String]

    static func withDemo<Result>(
        _ arguments: [String] = [],
        _ body: (RunningDemo) async throws -> Result
    ) async throws -> Result {
        try await ServiceProcess.withProcess(ServiceProcess.freshet, ["demo"] + arguments) { process in
            var tokens: [String: String] = [:]
            var commands: [String: String] = [:]
            var port = 0
            var directory = ""
            let wait = Duration.seconds(120)
            while directory.isEmpty, let line = try await process.nextLine(within: wait) {
                let words = line.split(separator: " ").map(String.init)
                if let found = line.firstMatch(of: /Ctrl-C .* removes ([^,]+),/) { directory = String(found.1) }
                if words.count == 1, let url = URL(string: words[0]), let found = url.port { port = found }
                if words.count == 2, ["Ada", "Grace"].contains(words[0]) { tokens[words[0]] = words[1] }
                if line.hasPrefix("  "), line.hasSuffix(":"), !line.contains("Their tokens"), !line.contains("browser")
                {
                    commands[words.joined(separator: " ")] = try await process.nextLine() ?? ""
                }
            }
            guard port > 0, tokens.count == 2, commands["Change what both may see:"] != nil else {
                throw NotAnnounced(printed: process.log)
            }
            return try await body(
                RunningDemo(
                    process: process,
                    directory: directory,
                    port: port,
                    tokens: tokens,
                    commands: commands
                )
            )
        }
    }

    /// Runs a line as if it had been pasted into a terminal.
    @discardableResult
    static func shell(_ line: String) async throws -> [String] {
        try await ServiceProcess.withProcess("/bin/sh", ["-c", line]) { process in
            var lines: [String] = []
            while let line = try await process.nextLine() { lines.append(line) }
            guard try await process.exit() == .code(0) else { throw NotAnnounced(printed: lines) }
            return lines
        }
    }

    func fields(of user: String) -> [(name: String, value: String)] {
        [("Authorization", "Bearer \(tokens[user, default: ""])")]
    }

    /// Runs SQL as the application's login, as a pasted line would; what psql has to say of it, errors too.
    func psql(_ sql: String) async throws -> String {
        let line = commands["Change what both may see:", default: ""]
        guard let end = line.range(of: " -c ") else { throw NotAnnounced(printed: [line]) }
        return try await Self.shell("\(line[..<end.lowerBound]) -Atc \"\(sql)\" 2>&1 || true").joined(separator: "\n")
    }

    func request(
        _ method: String,
        _ target: String,
        as user: String? = nil,
        fields other: [(name: String, value: String)] = [],
        json: String? = nil
    ) async throws -> HTTPTestClient.Response {
        let fields = (user.map { self.fields(of: $0) } ?? []) + other
        let request =
            json.map { TestRequest(method, target, fields: fields, json: $0) }
            ?? TestRequest(method, target, fields: fields)
        return try await HTTPTestClient.send(request, port: port)
    }

    func withStream<Result>(of user: String, _ body: (SSEClient) async throws -> Result) async throws -> Result {
        try await SSEClient.withStream(port: port, "/api/invalidator/sse", fields: fields(of: user)) { stream in
            _ = try await stream.nextEvent("welcome")
            return try await body(stream)
        }
    }
}

struct NotAnnounced: Error, CustomStringConvertible {
    let printed: [String]
    var description: String { "it printed:\n\(printed.joined(separator: "\n"))" }
}
