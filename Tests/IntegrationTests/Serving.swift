import TestSupport
import Testing
import ThrowawayPostgres

/// The two ways in which streams are served, which are to be the same to whoever has one.
enum Serving: Sendable, CaseIterable, CustomTestStringConvertible {
    /// `freshet serve`.
    case standalone

    /// `Examples/TaskServer`, which Freshet is a part of, with sessions of its own.
    case mounted

    var testDescription: String { self == .standalone ? "freshet serve" : "a server with Freshet in it" }

    func command(conninfo: String, _ arguments: [String]) -> [String] {
        switch self {
        case .standalone:
            [ServiceProcess.freshet, "serve", "--database-url", conninfo, "--port", "0"] + arguments
        case .mounted: [ServiceProcess.product("TaskServer")]
        }
    }

    /// The options of a standalone service as the other takes them.
    func environment(conninfo: String, _ arguments: [String]) -> [String: String] {
        guard self == .mounted else { return [:] }
        var environment = ["DATABASE_URL": conninfo, "PORT": "0"]
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--heartbeat": environment["HEARTBEAT_MS"] = rest.popFirst().map { Self.milliseconds($0) }
            case "--recheck": environment["RECHECK_MS"] = rest.popFirst().map { Self.milliseconds($0) }
            case "--max-streams-per-user": environment["STREAMS_PER_USER"] = rest.popFirst()
            case "--allowed-origin": environment["ALLOWED_ORIGINS"] = rest.popFirst()
            case "--base-path": environment["BASE_PATH"] = rest.popFirst()
            case "--allow-anonymous": environment["ALLOW_ANONYMOUS"] = "1"
            default: preconditionFailure("the server of the example has no \(option)")
            }
        }
        return environment
    }

    private static func milliseconds(_ text: String) -> String {
        if text.hasSuffix("ms") { return String(text.dropLast(2)) }
        if text.hasSuffix("s") { return text.dropLast() + "000" }
        if text.hasSuffix("h"), let hours = Int(text.dropLast()) { return "\(hours * 3_600_000)" }
        preconditionFailure("\(text) is no interval that tests use")
    }

    /// Makes the application's tables, where there is an application.
    func prepare(login: String, _ psql: (String) async throws -> String) async throws {
        guard self == .mounted else { return }
        _ = try await psql("\\set login \(login)\n\\i \(Repository.root)/Examples/TaskServer/schema.sql")
    }

    var signIn: String { self == .standalone ? "freshet.create_session" : "account_sign_in" }

    var signOut: String { self == .standalone ? "freshet.revoke_session" : "account_sign_out" }

    var sessionTable: String { self == .standalone ? "freshet.session" : "account_session" }

    /// A route that anybody may ask.
    var health: String { self == .standalone ? "/health/live" : "/health" }

    var cookie: String { self == .standalone ? "freshet_session" : "account_session" }
}
