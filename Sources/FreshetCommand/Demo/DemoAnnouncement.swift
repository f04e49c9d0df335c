import Foundation
import Synchronization

/// What the demo tells whoever looks at it, in the terminal and on its page.
final class DemoAnnouncement: Sendable {
    private struct State {
        var users: [DemoUser]
        var port = 0
    }

    let operatorToken: String
    private let host: String
    private let database: DemoDatabase
    private let state: Mutex<State>

    init(host: String, database: DemoDatabase) {
        self.host = host
        self.database = database
        operatorToken = database.operatorToken
        state = Mutex(State(users: database.users))
    }

    func isRunning(on port: Int) { state.withLock { $0.port = port } }

    var users: [DemoUser] { state.withLock { $0.users } }

    /// A page that is opened from now on has this session.
    func signedIn(_ user: String, token: String) {
        state.withLock { state in
            for index in state.users.indices where state.users[index].id == user { state.users[index].token = token }
        }
    }

    func signedOut(token: String) {
        state.withLock { state in
            for index in state.users.indices where state.users[index].token == token { state.users[index].token = nil }
        }
    }

    /// An address that listens everywhere is reached by the local one.
    private var address: String {
        let name =
            switch host {
            case "0.0.0.0", "::": "127.0.0.1"
            case _ where host.contains(":"): "[\(host)]"
            default: host
            }
        return "http://\(name):\(state.withLock { $0.port })"
    }

    private var stream: String { "\(address)/api/invalidator/sse" }

    private var commands: [(purpose: String, command: String)] {
        func statement(_ sql: String) -> String { #"\#(database.psql) "\#(database.applicationURL)" -c "\#(sql)""# }
        func change(_ condition: String) -> String {
            statement("update todo set done = not done where \(condition)")
        }
        let users = users
        let listening = users.compactMap { user in
            user.token.map { ("Listen as \(user.name)", "curl -N -H 'Authorization: Bearer \($0)' \(stream)") }
        }
        let changing = users.map { ("Change what only \($0.name) may see", change("user_id = '\($0.id)'")) }
        let signingOut = users.compactMap { user in
            user.token.map { ("Sign \(user.name) out", statement("select freshet.revoke_session('\($0)')")) }
        }
        return listening + changing + [("Change what both may see", change("user_id is null"))] + signingOut
    }

    /// What the terminal shows.
    var text: String {
        let tokens = users.map { user in
            "    \(user.name.padding(toLength: 6, withPad: " ", startingAt: 0)) \(user.token ?? "")"
        }
        let lines = commands.map { "  \($0.purpose):\n    \($0.command)" }
        return """

              Two users side by side, in a browser:
                \(address)/

              The operator's page, in a browser, signed in as an administrator:
                \(address)/operator

              Their tokens:
            \(tokens.joined(separator: "\n"))

            \(lines.joined(separator: "\n\n"))

            Ctrl-C ends the demo and removes \(database.directory), where all of it lies.
            """
    }

    /// What the page asks for when it begins, and gets anew with a session.
    var json: [UInt8] {
        let content = Content(
            users: users.map { .init(id: $0.id, name: $0.name, token: $0.token) },
            commands: commands.map { .init(purpose: $0.purpose, command: $0.command) }
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts alone, each of which can be encoded.
        return (try? encoder.encode(content)).map { Array($0) } ?? []
    }

    private struct Content: Encodable {
        struct User: Encodable {
            let id: String
            let name: String

            /// Left out where nobody is signed in.
            let token: String?
        }

        struct Line: Encodable {
            let purpose: String
            let command: String
        }

        let users: [User]
        let commands: [Line]
    }

    /// Whether a page of this name may be served: a name that an attacker makes point here (DNS rebinding) may not.
    func isOwn(authority: String?) -> Bool {
        let local = ["127.0.0.1", "localhost", "[::1]", "::1"]
        guard local.contains(host), let authority else { return true }
        let name = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return local.contains(String(name))
    }
}
