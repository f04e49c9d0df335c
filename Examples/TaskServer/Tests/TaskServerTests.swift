import Foundation
import Freshet
import LibPQ
import Logging
import TestSupport
import Testing

@testable import TaskServer

/// The application in this process, against a database of its own.
@Suite(.timeLimit(.minutes(20))) struct TaskServerTests {
    private struct Running {
        let port: Int
        let database: TestDatabase

        func signIn(_ account: String) async throws -> String {
            try await database.psql("select account_sign_in('\(account)')").filter { !$0.isWhitespace }
        }

        func send(
            _ method: String,
            _ path: String,
            _ token: String?,
            body: String = ""
        ) async throws -> HTTPTestClient.Response {
            var fields = [(name: "Content-Type", value: "application/json")]
            if let token { fields.append(("Authorization", "Bearer \(token)")) }
            return try await HTTPTestClient.send(
                TestRequest(method, path, fields: fields, body: Array(body.utf8)),
                port: port
            )
        }

        func expect(
            _ status: Int,
            of method: String,
            _ path: String,
            _ token: String?,
            body: String = "",
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let response = try await send(method, path, token, body: body)
            #expect(response.status == status, "\(response.text)", sourceLocation: sourceLocation)
        }

        func tasks(_ token: String) async throws -> [TaskItem] {
            try JSONDecoder().decode([TaskItem].self, from: Data(try await send("GET", "/tasks", token).text.utf8))
        }

        func withStream(_ token: String, _ body: (SSEClient) async throws -> Void) async throws {
            try await SSEClient.withStream(
                port: port,
                "/api/invalidator/sse",
                fields: [("Authorization", "Bearer \(token)")]
            ) { stream in
                _ = try await stream.nextEvent("welcome")
                try await body(stream)
            }
        }
    }

    private func withServer(_ body: @escaping @Sendable (Running) async throws -> Void) async throws {
        try await TestDatabase.withDatabase { database in
            let login = "tasks_\(database.name)"
            try await database.psql(
                "create role \(login) login;\n\\set login \(login)\n\\i \(Repository.root)/Examples/TaskServer/schema.sql"
            )
            var settings = TaskServer.Settings(database: try ConnectionInfo(database.conninfo(user: login)))
            settings.port = 0
            let server = try TaskServer(settings, logger: Logger(label: "tasks") { _ in SwiftLogNoOpLogHandler() })
            let (ports, port) = AsyncStream.makeStream(of: Int.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run { port.yield($0) } }
                group.addTask {
                    for await port in ports {
                        let running = Running(port: port, database: database)
                        while try await running.send("GET", "/health", nil).status != 200 { await Task.yield() }
                        return try await body(running)
                    }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    @Test func `a task is told to the streams of its account, and to nobody else`() async throws {
        try await withServer { server in
            let (ada, grace) = (try await server.signIn("ada"), try await server.signIn("grace"))
            try await server.withStream(ada) { mine in
                try await server.withStream(grace) { hers in
                    try await server.expect(201, of: "POST", "/tasks", ada, body: #"{"title":"read"}"#)
                    try await mine.expect("invalidate", with: #"["tasks","ada"],["task",1]"#)
                    try await server.expect(201, of: "POST", "/tasks", grace, body: #"{"title":"write"}"#)
                    try await hers.expect("invalidate", with: #"["task",2]"#)
                }
            }
        }
    }

    @Test func `the list in memory is loaded again when somebody else has changed a row`() async throws {
        try await withServer { server in
            let ada = try await server.signIn("ada")
            _ = try await server.send("POST", "/tasks", ada, body: #"{"title":"read"}"#)
            let before = try await server.tasks(ada).map(\.done)
            #expect(before == [false])
            // Whoever has this event knows that the application's cache has been told: it was told before the streams.
            try await server.withStream(ada) { stream in
                try await server.database.psql("update task set done = true")
                _ = try await stream.nextEvent("invalidate")
            }
            while try await server.tasks(ada).map(\.done) != [true] { await Task.yield() }
        }
    }

    @Test func `nobody sees or finishes what is another's`() async throws {
        try await withServer { server in
            let (ada, grace) = (try await server.signIn("ada"), try await server.signIn("grace"))
            _ = try await server.send("POST", "/tasks", ada, body: #"{"title":"read"}"#)
            let hers = try await server.tasks(grace)
            #expect(hers.isEmpty)
            try await server.expect(404, of: "POST", "/tasks/1/done", grace)
            try await server.expect(204, of: "POST", "/tasks/1/done", ada)
            let done = try await server.tasks(ada).map(\.done)
            #expect(done == [true])
            try await server.expect(401, of: "GET", "/tasks", nil)
            try await server.expect(401, of: "GET", "/tasks", "unknown")
        }
    }

    @Test func `signing out ends the stream`() async throws {
        try await withServer { server in
            let ada = try await server.signIn("ada")
            try await server.withStream(ada) { stream in
                try await server.expect(204, of: "POST", "/sign-out", ada)
                try await stream.expect("goaway", with: "revoked")
            }
            try await server.expect(401, of: "GET", "/api/invalidator/sse", ada)
        }
    }

    @Test func `a session that is only extended goes on`() async throws {
        try await withServer { server in
            let ada = try await server.signIn("ada")
            try await server.withStream(ada) { stream in
                try await server.database.psql("update account_session set expires_at = expires_at + interval '1 day'")
                try await server.database.psql("select freshet.invalidate('{still}', 'user/ada')")
                try await stream.expect("invalidate", with: "still")
            }
        }
    }
}

extension SSEClient {
    fileprivate nonisolated(nonsending) func expect(
        _ type: String,
        with text: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let event = try await nextEvent(type)
        #expect(event.data.contains(text), sourceLocation: sourceLocation)
    }
}
