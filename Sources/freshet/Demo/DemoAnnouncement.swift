import Foundation
import Invalidation
import Synchronization

/// What the demo tells whoever looks at it, in the terminal and on its page.
final class DemoAnnouncement: Sendable {
    let users: [DemoUser]
    let operatorToken: String
    private let host: String
    private let database: DemoDatabase
    private let port = Mutex(0)

    init(host: String, database: DemoDatabase) {
        self.host = host
        self.database = database
        users = database.users
        operatorToken = database.operatorToken
    }

    func isRunning(on port: Int) { self.port.withLock { $0 = port } }

    /// An address that listens everywhere is reached by the local one.
    private var address: String {
        let name =
            switch host {
            case "0.0.0.0", "::": "127.0.0.1"
            case _ where host.contains(":"): "[\(host)]"
            default: host
            }
        return "http://\(name):\(port.withLock { $0 })"
    }

    private var stream: String { "\(address)/api/invalidator/sse" }

    private var commands: [(purpose: String, command: String)] {
        let listening = users.map {
            ("Listen as \($0.name)", "curl -N -H 'Authorization: Bearer \($0.token)' \(stream)")
        }
        func change(_ condition: String) -> String {
            #"\#(database.psql) "\#(database.applicationURL)" -c "update todo set done = not done where \#(condition)""#
        }
        return listening + users.map { ("Change what only \($0.name) may see", change("user_id = '\($0.id)'")) } + [
            ("Change what both may see", change("user_id is null"))
        ]
    }

    /// What the terminal shows.
    var text: String {
        let tokens = users.map { "    \($0.name.padding(toLength: 6, withPad: " ", startingAt: 0)) \($0.token)" }
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

    /// What the page asks for when it begins.
    var json: [UInt8] {
        var json = Array(#"{"users":"#.utf8)
        JSONWriter.append(users, to: &json) { user, json in
            Self.append([("id", user.id), ("name", user.name), ("token", user.token)], to: &json)
        }
        json.append(contentsOf: #","commands":"#.utf8)
        JSONWriter.append(commands, to: &json) { line, json in
            Self.append([("purpose", line.purpose), ("command", line.command)], to: &json)
        }
        json.append(UInt8(ascii: "}"))
        return json
    }

    private static func append(_ members: [(name: String, value: String)], to json: inout [UInt8]) {
        for (index, member) in members.enumerated() {
            json.append(UInt8(ascii: index == 0 ? "{" : ","))
            JSONWriter.append(member.name, to: &json)
            json.append(UInt8(ascii: ":"))
            JSONWriter.append(member.value, to: &json)
        }
        json.append(UInt8(ascii: "}"))
    }

    /// Whether a page of this name may be served: a name that an attacker makes point here (DNS rebinding) may not.
    func isOwn(authority: String?) -> Bool {
        let local = ["127.0.0.1", "localhost", "[::1]", "::1"]
        guard local.contains(host), let authority else { return true }
        let name = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return local.contains(String(name))
    }
}
