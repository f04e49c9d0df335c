import Foundation
import TestSupport
import ThrowawayPostgres

/// `freshet serve` under load, on a PostgreSQL of its own: nobody else's transaction holds its position back.
struct LoadedService: Sendable {
    let process: ServiceProcess
    let port: Int

    /// The database's owner's.
    let conninfo: String
    private let database: TestDatabase
    private let admin: String

    static let stream = "/api/invalidator/sse"

    static func withService<Result>(
        _ executable: String,
        _ arguments: [String],
        _ body: (LoadedService) async throws -> Result
    ) async throws -> Result {
        try await TestDatabase.withOwnCluster { database in
            try await database.psql("create role svc login; grant freshet_service to svc;")
            let fixed = ["serve", "--port", "0", "--database-url", database.conninfo(user: "svc")]
            return try await ServiceProcess.withProcess(executable, fixed + arguments) { process in
                let service = LoadedService(
                    process: process,
                    port: try await process.portOnceServing(),
                    conninfo: database.conninfo,
                    database: database,
                    admin: try await token("admin", isAdmin: true, database)
                )
                return try await body(service)
            }
        }
    }

    /// Makes a session and gives its token.
    func token(_ user: String) async throws -> String { try await Self.token(user, isAdmin: false, database) }

    private static func token(_ user: String, isAdmin: Bool, _ database: TestDatabase) async throws -> String {
        try await database.psql("select freshet.create_session('\(user)', is_admin => \(isAdmin))")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: What it holds

    /// Nil where the kernel does not tell.
    var gauge: Gauge? { Gauge(processID: process.processID) }

    /// Waits until so many streams are open, and `isSettled`; nothing signals either.
    ///
    /// - Returns: what it held then.
    @discardableResult
    func wait(
        forStreams streams: Int,
        within limit: Duration = patience,
        isSettled: (Gauge?) -> Bool = { _ in true }
    ) async throws -> Gauge? {
        let deadline = ContinuousClock.now + limit
        while true {
            // Before the request, whose own connection would count.
            let gauge = gauge
            let status = try await status()
            if status.streams == streams, status.users == 0 || streams > 0, isSettled(gauge) { return gauge }
            guard ContinuousClock.now < deadline else {
                let holds = gauge.map { ", \($0)" } ?? ""
                throw DeadlineExceeded(
                    what: "\(streams) streams; it has \(status.streams) of \(status.users) users\(holds)",
                    limit: limit
                )
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private struct Status: Decodable {
        let streams: Int
        let users: Int
    }

    private func status() async throws -> Status {
        let fields = [(name: "Authorization", value: "Bearer \(admin)")]
        let answer = try await HTTPTestClient.send(
            TestRequest("GET", "/api/invalidator/status", fields: fields),
            port: port
        )
        return try JSONDecoder().decode(Status.self, from: Data(answer.body))
    }
}
