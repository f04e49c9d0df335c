import Foundation
import Freshet
import LibPQ
import Logging

/// Reads the environment and runs.
@main
enum Main {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        var settings = TaskServer.Settings(database: try ConnectionInfo(environment["DATABASE_URL"] ?? ""))
        if let host = environment["HOST"] { settings.host = host }
        if let port = try number("PORT", environment) { settings.port = port }
        if let path = environment["BASE_PATH"] { settings.streams.basePath = path }
        if let interval = try number("HEARTBEAT_MS", environment) {
            settings.streams.heartbeat = .milliseconds(interval)
        }
        if let interval = try number("RECHECK_MS", environment) { settings.streams.recheck = .milliseconds(interval) }
        if let most = try number("STREAMS_PER_USER", environment) { settings.streams.streamsPerUser = most }
        for text in environment["ALLOWED_ORIGINS"]?.split(separator: ",") ?? [] {
            guard let origin = WebOrigin(String(text)) else {
                throw Unusable(name: "ALLOWED_ORIGINS", text: String(text))
            }
            settings.streams.allowedOrigins.insert(origin)
        }
        settings.allowsAnonymous = environment["ALLOW_ANONYMOUS"] == "1"
        try await TaskServer(settings, logger: Logger(label: "tasks")).run()
    }

    private static func number(_ name: String, _ environment: [String: String]) throws -> Int? {
        guard let text = environment[name] else { return nil }
        guard let number = Int(text), number >= 0 else { throw Unusable(name: name, text: text) }
        return number
    }

    /// A variable that is not what its name says.
    private struct Unusable: Error {
        let name: String
        let text: String
    }
}
