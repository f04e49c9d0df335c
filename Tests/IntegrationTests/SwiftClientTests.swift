import Foundation
import FreshetClient
import Invalidation
import NIOSSL
import Synchronization
import TestSupport
import Testing

import struct Invalidation.Tag

/// The client for Swift at a real service.
@Suite(.timeLimit(.minutes(20))) struct SwiftClientTests {
    private static func client(
        _ scheme: String = "http",
        port: Int,
        token: String,
        transport: any StreamTransport = FreshetClient.platformTransport()
    ) throws -> FreshetClient {
        let url = try #require(StreamURL(text: "\(scheme)://localhost:\(port)\(RunningService.base)"))
        return FreshetClient(url: url, credential: .bearer(token), transport: transport)
    }

    // MARK: The guarantee

    /// How the service goes down in a round.
    private enum Stop { case kill, terminate }

    @Test func `a client misses none of 10,000 invalidations through three restarts`() async throws {
        let perRound = 2_500
        let rounds: [Stop?] = [.kill, .terminate, .kill, nil]
        try await TestDatabase.withDatabase { database in
            let role = "svc_\(database.name)"
            try await database.psql("create role \(role) login; grant freshet_service to \(role);")
            let psql: @Sendable (String) async throws -> String = { try await database.psql($0) }
            let heard = Heard()
            var reading: Task<Void, any Error>?
            var port = 0
            for (round, stop) in rounds.enumerated() {
                try await RunningService.start(
                    conninfo: database.conninfo(user: role),
                    // The last `--port` counts.
                    ["--heartbeat", "200ms"] + (port == 0 ? [] : ["--port", "\(port)"]),
                    psql: psql
                ) { service in
                    if reading == nil {
                        port = service.port
                        let client = try Self.client(port: port, token: try await service.token("1"))
                        reading = Task { try await heard.read(client) }
                    }
                    try await heard.wait(forWelcome: round + 1)
                    try await Self.write(round * perRound..<(round + 1) * perRound, psql) {
                        if let stop { Self.stop(service.process, stop) }
                    }
                    if stop != nil { _ = try await service.process.exit() }
                    if stop == nil { try await heard.wait(forRows: rounds.count * perRound) }
                }
            }
            reading?.cancel()
            let result = await reading?.result
            #expect(throws: CancellationError.self) { try result?.get() }
            // From the log, and not by taking everything for stale: but for the first welcome, which resumes nothing.
            #expect(heard.resets == 1)
        }
    }

    /// Invalidates each of them, ten in a transaction, five transactions at once.
    ///
    /// - Parameter amid: is called when most are told. What is missed then is little enough to be named: more than a thousand
    ///   tags would be a reset.
    private static func write(
        _ rows: Range<Int>,
        _ psql: @escaping @Sendable (String) async throws -> String,
        amid: @escaping @Sendable () -> Void
    ) async throws {
        let (writers, perTransaction) = (5, 10)
        let done = Atomic(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                let firsts = stride(
                    from: rows.lowerBound + writer * perTransaction,
                    to: rows.upperBound,
                    by: writers * perTransaction
                )
                group.addTask { @Sendable in
                    for first in firsts {
                        _ = try await psql(
                            """
                            select freshet.invalidate(array['row/' || n], 'user/1')
                            from generate_series(\(first), \(first + perTransaction - 1)) n
                            """
                        )
                        let count = done.add(perTransaction, ordering: .relaxed).newValue
                        if count == rows.count * 4 / 5 { amid() }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func stop(_ process: ServiceProcess, _ how: Stop) {
        switch how {
        case .kill: process.kill()
        case .terminate: process.terminate()
        }
    }

    @Test func `a cache that follows is as new as the table, whatever happens to the service`() async throws {
        try await TestDatabase.withDatabase { database in
            let role = "svc_\(database.name)"
            try await database.psql(
                """
                create role \(role) login; grant freshet_service to \(role);
                create table todo (id int primary key, version int not null);
                insert into todo select n, 0 from generate_series(1, 5) n;
                select freshet.watch('todo', '{todo/:id}', '{user/1}');
                """
            )
            let psql: @Sendable (String) async throws -> String = { try await database.psql($0) }
            let cache = InvalidatingCache<Int, String>(reloads: 100) { id in
                (try await psql("select version from todo where id = \(id)"), [Tag("todo", .integer(id))])
            }
            try await TCPProxy.withProxy(to: .tcp(port: 9)) { address in
                var following: Task<Void, any Error>?
                for round in 1...3 {
                    try await RunningService.start(
                        conninfo: database.conninfo(user: role),
                        ["--heartbeat", "200ms"],
                        psql: psql
                    ) { service in
                        address.retarget(.tcp(port: service.port))
                        if following == nil {
                            let client = try Self.client(port: address.port, token: try await service.token("1"))
                            following = Task { try await cache.follow(client) }
                        }
                        for id in 1...5 { _ = try await cache.value(for: id) }
                        _ = try await psql("update todo set version = version + 1")
                        if round == 2 {
                            service.process.kill()
                            _ = try await service.process.exit()
                            try await address.dropAll()
                        } else {
                            // What tells that the cache has heard is what it serves; each look gives way to what it hears.
                            try await withDeadline("the cache to serve what was written") {
                                for id in 1...5 {
                                    while try await cache.value(for: id).filter(\.isNumber) != "\(round)" {
                                        await Task.yield()
                                    }
                                }
                            }
                        }
                    }
                    try await address.dropAll()
                }
                following?.cancel()
                _ = await following?.result
            }
        }
    }

    // MARK: Who may not

    @Test func `a session that is revoked ends the sequence, with a goaway first`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1")
            var kinds: [FreshetClient.Event.Kind] = []
            let error = await #expect(throws: FreshetClient.Refusal.self) {
                for try await event in try Self.client(port: service.port, token: token).events() {
                    kinds.append(event.kind)
                    guard case .welcome = event.kind else { continue }
                    _ = try await service.psql("select freshet.revoke_session('\(token)')")
                }
            }
            #expect(error?.status == 401)
            #expect(error?.detail?.isEmpty == false)
            #expect(kinds.last == .goaway(.revoked))
        }
    }

    @Test func `a wrong token, and a wrong address, end it at once`() async throws {
        try await RunningService.withService { service in
            let wrong = try Self.client(port: service.port, token: "nonsense")
            let unknown = await #expect(throws: FreshetClient.Refusal.self) { for try await _ in wrong.events() {} }
            #expect(unknown?.status == 401)
            let url = try #require(StreamURL(text: "http://localhost:\(service.port)/elsewhere"))
            let elsewhere = await #expect(throws: FreshetClient.Refusal.self) {
                for try await _ in FreshetClient(url: url).events() {}
            }
            #expect(elsewhere?.status == 404)
        }
    }

    @Test func `the end of an iteration ends the stream at the service`() async throws {
        try await RunningService.withService { service in
            let admin = try await service.token("admin", "is_admin => true")
            let client = try Self.client(port: service.port, token: try await service.token("1"))
            for try await _ in client.events() { break }
            let reading = Task { for try await _ in client.events() {} }
            reading.cancel()
            _ = await reading.result
            // The service says how many streams it has; nothing else tells that one has gone.
            try await withDeadline("the service to have no stream") {
                while true {
                    let status = try await service.get(
                        RunningService.base + "/status",
                        RunningService.bearer(admin)
                    )
                    if status.text.contains(#""streams":0"#) { return }
                }
            }
        }
    }

    // MARK: TLS

    #if os(Linux)
        @Test func `over TLS it streams from whom it was told to trust, and from nobody else`() async throws {
            try await ThrowawayCertificate.withCertificate { certificate in
                try await RunningService.withService(certificate.arguments) { service in
                    let token = try await service.token("1")
                    let trusted = try NIOSSLCertificate.fromPEMFile(certificate.certificate)
                    let client = try Self.client(
                        "https",
                        port: service.port,
                        token: token,
                        transport: AsyncHTTPTransport(trustedCertificates: trusted)
                    )
                    for try await event in client.events() {
                        if let change = event.change, change.reset == nil {
                            #expect(change.tags == [Tag("todos")])
                            break
                        }
                        _ = try await service.psql("select freshet.invalidate('{todos}', 'user/1')")
                    }
                    let stranger = try Self.client("https", port: service.port, token: token)
                    let interruptions = Mailbox<FreshetClient.Interruption>()
                    let reading = Task {
                        for try await _ in stranger.events(onStateChange: { state in
                            if case .waiting(_, let interruption) = state { interruptions.put(interruption) }
                        }) {}
                    }
                    let interruption = try await interruptions.next("the handshake to fail")
                    #expect("\(interruption.map(\.description) ?? "")".contains("TLS handshake failed"))
                    reading.cancel()
                    _ = await reading.result
                }
            }
        }
    #endif
}

/// What a client has been told.
private final class Heard: Sendable {
    private struct State {
        var rows: Set<Int> = []
        var welcomes = 0
        var resets = 0
    }

    private let state = Mutex(State())
    private let news = Mailbox<Void>()

    /// How often everything counted as stale.
    var resets: Int { state.withLock { $0.resets } }

    /// Until its task is cancelled.
    func read(_ client: FreshetClient) async throws {
        for try await event in client.events() {
            state.withLock { state in
                if case .welcome = event.kind { state.welcomes += 1 }
                guard let change = event.change else { return }
                if change.reset != nil { state.resets += 1 }
                for tag in change.tags { tag.segments.last.flatMap { Int($0) }.map { _ = state.rows.insert($0) } }
            }
            news.put(())
        }
    }

    func wait(forWelcome number: Int) async throws { try await wait("welcome \(number)") { $0.welcomes >= number } }

    func wait(forRows count: Int) async throws { try await wait("\(count) rows") { $0.rows.count >= count } }

    private func wait(_ what: String, until condition: @Sendable (State) -> Bool) async throws {
        while !state.withLock({ condition($0) }) {
            guard try await news.next("\(what); heard of \(state.withLock { $0.rows.count }) rows") != nil else {
                return
            }
        }
    }
}
