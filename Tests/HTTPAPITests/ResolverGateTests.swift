import HTTPTypes
import Hummingbird
import Invalidation
import Logging
import NIOCore
import NIOEmbedded
import SessionAuth
import Testing

@testable import HTTPAPI

/// What becomes of the application's word for who asks.
@Suite struct ResolverGateTests {
    private struct Nobody: SessionStreams {
        func hold(_ sessions: [LiveSession]) {}
        func release(_ sessions: [LiveSession]) {}
        func regrant(_ session: LiveSession) {}
        func end(_ session: LiveSession, _ reason: GoawayReason) {}
    }

    private struct DatabaseIsAway: Error {}

    private typealias Gate = ResolverGate<BasicRequestContext>

    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let sessions: ResolvedSessions

    init() {
        sessions = ResolvedSessions(streams: Nobody(), recheck: .seconds(60), grace: .seconds(60), logger: quiet)
    }

    private func ask(
        fields: HTTPFields = [:],
        _ resolve: @escaping @Sendable () throws -> Gate.Resolution
    ) async throws -> LiveSession {
        let gate = Gate(origins: OriginPolicy(allowed: []), sessions: sessions, logger: quiet) { _, _ in try resolve() }
        let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/", headerFields: fields)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        let context = BasicRequestContext(source: .init(channel: EmbeddedChannel(), logger: quiet))
        return try await gate.session(of: request, context)
    }

    @Test func `a session is kept until it is given back`() async throws {
        let live = try await ask { .session(Session(userID: "1", scopes: ["tenant/a"]), nil) }
        #expect(live.session?.userID == "1")
        #expect(sessions.count == 1)
        sessions.release(live)
        #expect(sessions.count == 0)
    }

    @Test func `nobody is somebody who hears global`() async throws {
        let live = try await ask { .anonymous }
        #expect(live.session == nil)
        #expect(live.grants.scopes == [.global])
        #expect(sessions.count == 0)
    }

    @Test func `a session that is over is none`() async {
        let problem = await #expect(throws: Problem.self) {
            _ = try await ask { .session(Session(userID: "1", expiresAt: Uptime.now - 1), nil) }
        }
        #expect(problem?.status == .unauthorized)
    }

    @Test func `no session is 401, and an application that cannot say is 503`() async {
        let none = await #expect(throws: Problem.self) { _ = try await ask { .unauthorized } }
        #expect(none?.status == .unauthorized)
        let away = await #expect(throws: Problem.self) { _ = try await ask { .unavailable } }
        #expect(away?.status == .serviceUnavailable)
    }

    @Test func `an error of the application's is 503, unless it is a response`() async {
        let failed = await #expect(throws: Problem.self) { _ = try await ask { throw DatabaseIsAway() } }
        #expect(failed?.status == .serviceUnavailable)
        let answered = await #expect(throws: HTTPError.self) { _ = try await ask { throw HTTPError(.forbidden) } }
        #expect(answered?.status == .forbidden)
    }

    @Test(arguments: [("Bearer x", false), ("bearer x", false), ("Basic x", true)])
    func `only a bearer token shows that no other page made the browser ask`(field: String, isForgeable: Bool) throws {
        let gate = Gate(origins: OriginPolicy(allowed: []), sessions: sessions, logger: quiet) { _, _ in .anonymous }
        var head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/")
        let body = RequestBody(buffer: ByteBuffer())
        #expect(try gate.isForgeable(Request(head: head, body: body)))
        head.headerFields[.authorization] = field
        #expect(try gate.isForgeable(Request(head: head, body: body)) == isForgeable)
    }
}
