import Foundation
import Oracle
import Synchronization
import TestSupport
import Testing

/// A deploy, as an operator does it: two replicas behind a proxy, with the configuration of docs/deploy, restarted in turn
/// while rows change and a thousand browsers look.
@Suite(.serialized, .timeLimit(.minutes(20))) struct DeployTests {
    private static let clients = 1_000
    private static let users = 100
    private static let writes = 40

    @Test(arguments: FrontServer.testable)
    func `nobody misses anything while two replicas are restarted in turn`(behind server: FrontServer) async throws {
        try await Turnstile.services.pass {
            try await TestDatabase.withDatabase { database in
                let role = "svc_\(database.name)"
                try await database.psql("create role \(role) login; grant freshet_service to \(role);")
                let tokens = try await database.psql(
                    "select freshet.create_session(n::text) from generate_series(1, \(Self.users)) as n"
                ).split(separator: "\n").map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
                try #require(tokens.count == Self.users)
                let ports = [try await FreePort.find(), try await FreePort.find()]
                let front = try await FreePort.find()
                let conninfo = database.conninfo(user: role)
                let (stops, isOver) = ([Latch(), Latch()], Latch())
                try await server.withServer(front, before: ports) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for (port, stop) in zip(ports, stops) {
                            group.addTask {
                                try await Self.serve(port, conninfo, until: stop)
                                try await Self.serve(port, conninfo, until: isOver)
                            }
                        }
                        for port in ports { try await Self.awaitReadiness(port) }
                        try await Self.deploy(front, tokens, database, ports, stops)
                        isOver.open()
                        try await group.waitForAll()
                    }
                }
            }
        }
    }

    private static func deploy(
        _ front: Int,
        _ tokens: [String],
        _ database: TestDatabase,
        _ ports: [Int],
        _ stops: [Latch]
    ) async throws {
        let welcomed = Headcount()
        try await withThrowingTaskGroup(of: Told.self) { readers in
            for number in 0..<clients {
                readers.addTask { try await read(front, tokens[number % tokens.count], welcomed) }
            }
            try await withDeadline("all clients to be welcomed", within: .seconds(60)) {
                while welcomed.count < clients { try await Task.sleep(for: .milliseconds(20)) }
            }
            for write in 0..<writes {
                if write == writes / 4 { stops[0].open() }
                if write == writes * 5 / 8 {
                    try await awaitReadiness(ports[0])
                    stops[1].open()
                }
                try await database.psql("select freshet.invalidate('{t/\(write)}')")
                try await Task.sleep(for: .milliseconds(150))
            }
            try await awaitReadiness(ports[1])
            try await database.psql("select freshet.invalidate('{end}')")
            let all = Set((0..<writes).map { [EventData.Segment.text("t"), .number($0)] })
            var connections = 0
            for try await told in readers {
                connections += told.connections
                #expect(told.resets.isEmpty, "\(told.resets)")
                let missed = all.subtracting(told.tags)
                #expect(missed.isEmpty, "\(missed.count) missed in \(told.connections) connections")
            }
            // Everybody was on one of the two.
            #expect(connections >= clients * 2)
            print("deploy: \(clients) clients, \(writes) writes, \(connections) connections")
        }
    }

    /// What one client was told, over all its connections.
    private struct Told: Sendable {
        var tags: Set<[EventData.Segment]> = []
        var resets: [String] = []
        var connections = 0
    }

    /// Reads as a browser does: comes back with the last id that it has seen.
    private static func read(_ front: Int, _ token: String, _ welcomed: Headcount) async throws -> Told {
        var told = Told()
        var id = ""
        let end: [EventData.Segment] = ["end"]
        while !told.tags.contains(end) {
            let fields = RunningService.bearer(token) + (id.isEmpty ? [] : [("Last-Event-ID", id)])
            let stream = try? await SSEClient.connect(port: front, RunningService.base + "/sse", fields: fields)
            guard let stream, stream.head.status == 200 else {
                await stream?.connection.close()
                try await Task.sleep(for: .milliseconds(Int.random(in: 50..<400)))
                continue
            }
            told.connections += 1
            if id.isEmpty, (try? await stream.next { $0.isWelcome }) != nil { welcomed.add(1) }
            _ = try? await stream.next(within: .seconds(120)) { $0.text.contains(#"["end"]"#) }
            for case .event(let event) in stream.seen {
                if event.type == "reset" { told.resets.append(event.data) }
                if event.type == "invalidate" { told.tags.formUnion(try event.json.tags ?? []) }
            }
            if !stream.lastEventID.isEmpty { id = stream.lastEventID }
            await stream.connection.close()
            try await Task.sleep(for: .milliseconds(Int.random(in: 0..<300)))
        }
        return told
    }

    // MARK: The servers

    private static func serve(_ port: Int, _ conninfo: String, until stop: Latch) async throws {
        try await ServiceProcess.withProcess(
            ServiceProcess.freshet,
            [
                "serve", "--database-url", conninfo, "--port", "\(port)", "--heartbeat", "500ms", "--trusted-proxy",
                "127.0.0.1",
            ]
        ) { process in
            try await stop.wait("the deploy", within: .seconds(200))
            process.terminate()
            let exit = try await process.exit()
            #expect(exit == .code(0))
        }
    }

    private static func awaitReadiness(_ port: Int) async throws {
        try await withDeadline("the replica on \(port) to be ready") {
            while true {
                let answer = try? await HTTPTestClient.send(TestRequest("GET", "/health/ready"), port: port)
                if answer?.status == 200 { return }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}

private final class Headcount: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .relaxed) }

    func add(_ number: Int) { value.wrappingAdd(number, ordering: .relaxed) }
}

extension EventStreamItem {
    fileprivate var isWelcome: Bool { if case .event(let event) = self { event.type == "welcome" } else { false } }

    fileprivate var text: String { if case .event(let event) = self { event.data } else { "" } }
}
