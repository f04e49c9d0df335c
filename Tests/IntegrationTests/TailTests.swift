import Foundation
import TestSupport
import Testing

/// One after the other: each test has a PostgreSQL of its own, and initdb is a busy program.
@Suite(.serialized) struct TailTests {
    private func tail<Result>(
        _ arguments: [String],
        token: String?,
        _ body: (ServiceProcess) async throws -> Result
    ) async throws -> Result {
        try await ServiceProcess.withProcess(
            ServiceProcess.freshet,
            ["tail"] + arguments,
            environment: token.map { ["FRESHET_TOKEN": $0] } ?? [:],
            body
        )
    }

    private func url(_ port: Int) -> [String] { ["--url", "http://127.0.0.1:\(port)/api/invalidator"] }

    @Test func `events come one a line, through a lost connection too, until Ctrl-C`() async throws {
        try await RunningDemo.withDemo { demo in
            try await TCPProxy.withProxy(to: .tcp(port: demo.port)) { proxy in
                try await tail(url(proxy.port), token: demo.tokens["Ada"]) { tail in
                    #expect(try await tail.line(containing: "welcome").contains("user=ada scopes=global,user/ada"))
                    try await RunningDemo.shell(demo.commands["Change what only Ada may see:", default: ""])
                    let line = try await tail.line(containing: "invalidate")
                    #expect(
                        line.contains(
                            /^\d\d:\d\d:\d\d\.\d{3} invalidate user\/ada todos todo\/1 todo\/2 tx=\d+ id=\w+-\d+$/
                        )
                    )

                    try await proxy.dropAll()
                    try await tail.line(containing: "connecting again")
                    try await RunningDemo.shell(demo.commands["Change what both may see:", default: ""])
                    #expect(try await tail.line(containing: "welcome").contains("resumed=true"))
                    #expect(try await tail.line(containing: "invalidate").contains(/[ ,]global .*todo\/5/))

                    tail.interrupt()
                    #expect(try await tail.exit() == .code(0))
                }
            }
        }
    }

    @Test func `JSON lines, tags, a position and a reader that leaves`() async throws {
        try await RunningDemo.withDemo { demo in
            try await RunningDemo.shell(demo.commands["Change what only Ada may see:", default: ""])
            let options = url(demo.port) + ["--json", "--tags", "todo/5", "--last-event-id", "nonsense-1"]
            try await tail(options, token: demo.tokens["Ada"]) { tail in
                let welcome = try await tail.line(containing: "welcome")
                let object = try JSONSerialization.jsonObject(with: Data(welcome.utf8)) as? [String: Any]
                #expect((object?["data"] as? [String: Any])?["resumed"] as? Bool == false)
                try await RunningDemo.shell(demo.commands["Change what only Ada may see:", default: ""])
                try await RunningDemo.shell(demo.commands["Change what both may see:", default: ""])
                #expect(try await tail.line(containing: "invalidate").contains(#""scopes":["global"]"#))
            }
            // `head` ends after one line; so does whoever writes to it next, without a word.
            let arguments = (["tail"] + url(demo.port)).joined(separator: " ")
            let script = "'\(ServiceProcess.freshet)' \(arguments) | head -n 1; echo ended"
            let environment = ["FRESHET_TOKEN": demo.tokens["Ada", default: ""]]
            try await ServiceProcess.withProcess("/bin/sh", ["-c", script], environment: environment) { pipe in
                try await pipe.line(containing: "welcome")
                try await RunningDemo.shell(demo.commands["Change what both may see:", default: ""])
                let last = try await pipe.nextLine()
                #expect(last == "ended")
            }
        }
    }

    @Test func `a refusal ends it with a sentence and a status`() async throws {
        try await RunningDemo.withDemo(["--port", "0"]) { demo in
            try await tail(url(demo.port), token: "nonsense") { tail in
                try await tail.line(containing: "does not know this token")
                #expect(try await tail.exit() == .code(77))
            }
            try await tail(url(demo.port), token: nil) { tail in
                try await tail.line(containing: "FRESHET_TOKEN")
                #expect(try await tail.exit() == .code(77))
            }
            try await tail(["--url", "http://127.0.0.1:\(demo.port)/elsewhere"], token: "x") { tail in
                try await tail.line(containing: "There is no stream at")
                #expect(try await tail.exit() == .code(1))
            }
            try await tail(url(demo.port) + ["--tags", "50%"], token: demo.tokens["Ada"]) { tail in
                try await tail.line(containing: "which is no tag")
                #expect(try await tail.exit() == .code(1))
            }
        }
    }

    @Test func `nobody there is said, and tried again`() async throws {
        try await tail(["--url", "http://127.0.0.1:9"], token: nil) { tail in
            let line = try await tail.line(containing: "connecting again")
            #expect(line.contains("connection refused"))
            tail.terminate()
            #expect(try await tail.exit() == .code(0))
        }
    }

    @Test func `a token that no header can carry is refused, and not printed`() async throws {
        try await tail(["--token", "secret\r\nX: y"], token: nil) { tail in
            let exit = try await tail.exit()
            #expect(exit == .code(64))
            #expect(!tail.log.joined().contains("secret"))
        }
    }
}
