import Foundation
import TestSupport
import ThrowawayPostgres

/// `freshet serve`, or a server that Freshet is a part of, on a migrated database, as an operator runs it: with a role that is
/// a member of `freshet_service` and has no other rights but those that the server needs.
struct RunningService: Sendable {
    let process: ServiceProcess
    let port: Int
    let serving: Serving

    /// Runs SQL as the database's owner.
    let psql: @Sendable (String) async throws -> String

    static let base = "/api/invalidator"

    /// Runs the service on a database of the test's own.
    ///
    /// - Parameter descriptors: how many it may have open; nil: as many as this process.
    @discardableResult
    static func withService<Result>(
        as serving: Serving = .standalone,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        descriptors: Int? = nil,
        setUp: String = "",
        _ body: (RunningService) async throws -> Result
    ) async throws -> Result {
        try await TestDatabase.withDatabase { database in
            let role = "svc_\(database.name)"
            try await database.psql("create role \(role) login; grant freshet_service to \(role);")
            try await serving.prepare(login: role) { try await database.psql($0) }
            if !setUp.isEmpty { try await database.psql(setUp) }
            return try await start(
                as: serving,
                conninfo: database.conninfo(user: role),
                arguments,
                environment: environment,
                descriptors: descriptors,
                psql: { try await database.psql($0) },
                body
            )
        }
    }

    /// Runs the service on a cluster of the test's own, which it may stop and start.
    @discardableResult
    static func withOwnCluster<Result>(
        as serving: Serving = .standalone,
        _ arguments: [String] = [],
        _ body: (RunningService, Cluster) async throws -> Result
    ) async throws -> Result {
        try await Turnstile.services.pass {
            try await withCluster(.forTests) { cluster in
                try await cluster.psql(.file(Repository.migrations))
                try await cluster.psql(.text("create role svc login; grant freshet_service to svc;"))
                try await serving.prepare(login: "svc") { try await cluster.psql(.text($0)) }
                let conninfo = cluster.conninfo(database: "postgres", user: "svc")
                return try await start(
                    as: serving,
                    conninfo: conninfo,
                    arguments,
                    psql: { try await cluster.psql(.text($0)) },
                    { try await body($0, cluster) }
                )
            }
        }
    }

    @discardableResult
    static func start<Result>(
        as serving: Serving = .standalone,
        conninfo: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        descriptors: Int? = nil,
        psql: @escaping @Sendable (String) async throws -> String,
        _ body: (RunningService) async throws -> Result
    ) async throws -> Result {
        var command = serving.command(conninfo: conninfo, arguments)
        let environment = environment.merging(serving.environment(conninfo: conninfo, arguments)) { $1 }
        if let descriptors {
            // The soft limit lower than the hard one, which the service raises.
            let script = "ulimit -Sn \(descriptors / 2) && ulimit -Hn \(descriptors) && exec \"$0\" \"$@\""
            command = ["/bin/sh", "-c", script] + command
        }
        return try await ServiceProcess.withProcess(
            command[0],
            Array(command.dropFirst()),
            environment: environment
        ) { process in
            let port = try await process.portOnceServing(looksUpSessions: serving == .standalone)
            return try await body(RunningService(process: process, port: port, serving: serving, psql: psql))
        }
    }

    // MARK: Sessions

    /// Makes a session and gives its token.
    func token(_ user: String, _ options: String = "") async throws -> String {
        let more = options.isEmpty ? "" : ", " + options
        return try await psql("select \(serving.signIn)('\(user)'\(more))")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The statement that ends a session.
    func signOut(_ token: String) -> String { "select \(serving.signOut)('\(token)')" }

    static func bearer(_ token: String) -> [(name: String, value: String)] { [("Authorization", "Bearer \(token)")] }

    // MARK: Requests

    /// A stream that has been welcomed; the body is given it and the welcome.
    @discardableResult
    func withStream<Result>(
        _ token: String?,
        query: String = "",
        fields: [(name: String, value: String)] = [],
        options: HTTPConnection.Options = .init(),
        _ body: (SSEClient, ServerSentEvent) async throws -> Result
    ) async throws -> Result {
        let credentials = token.map(Self.bearer) ?? []
        return try await SSEClient.withStream(
            port: port,
            Self.base + "/sse" + query,
            fields: credentials + fields,
            options: options
        ) { stream in
            try await body(stream, try await stream.nextEvent("welcome"))
        }
    }

    func send(_ request: TestRequest) async throws -> HTTPTestClient.Response {
        try await HTTPTestClient.send(request, port: port)
    }

    func get(_ path: String, _ fields: [(name: String, value: String)] = []) async throws -> HTTPTestClient.Response {
        try await send(TestRequest("GET", path, fields: fields))
    }
}

/// The members of an event's data.
struct EventData: Decodable, Equatable {
    var tags: [[Segment]]?
    var scopes: [String]?
    var txids: [String]?
    var origin: String?
    var user: String?
    var resumed: Bool?
    var reason: String?

    /// A segment of a tag in its wire form.
    enum Segment: Decodable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case text(String)
        case number(Int)

        init(stringLiteral value: String) { self = .text(value) }

        init(integerLiteral value: Int) { self = .number(value) }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }
}

extension ServerSentEvent {
    var json: EventData {
        get throws { try JSONDecoder().decode(EventData.self, from: Data(data.utf8)) }
    }
}
