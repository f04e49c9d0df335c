import EventStream
import HTTPTypes
import Invalidation
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import SessionAuth

/// Decides whether a request for a stream gets one, and what it gets instead.
///
/// Nothing waits in a task: the lookup answers a closure, on the stream's event loop.
struct StreamGate: Sendable {
    enum Decision: Sendable {
        case accept(Admission)

        /// A refusal, or word that the service itself cannot answer for now.
        case answer(Answer)
    }

    private let gate: CredentialCheck
    private let hub: Hub
    private let refusals: RefusalMetrics
    private let sse: Set<Substring>

    init(_ configuration: APIConfiguration, gate: CredentialCheck, hub: Hub, refusals: RefusalMetrics) {
        self.refusals = refusals
        self.gate = gate
        self.hub = hub
        let base = configuration.basePath
        sse = [base + "/sse", base.isEmpty ? "/" : base[...]]
    }

    /// Whether this request is for the stream.
    func takes(_ head: HTTPRequestHead) -> Bool { head.method == .GET && isStream(head.uri) }

    /// The same of a request whose version does not show.
    func takes(_ request: HTTPRequest) -> Bool { request.method == .get && isStream(request.path ?? "") }

    private func isStream(_ target: String) -> Bool { sse.contains(target.prefix { $0 != "?" }) }

    /// - Parameters:
    ///   - hasRoom: whether the process can have the connection stay.
    ///   - answer: called once, on `eventLoop`.
    func decide(
        _ head: HTTPRequestHead,
        from peer: SocketAddress?,
        hasRoom: Bool,
        on eventLoop: any EventLoop,
        answer: @escaping @Sendable (Decision) -> Void
    ) {
        do {
            let request = try HTTPRequest(head, secure: false, splitCookie: false)
            decide(request, from: peer, hasRoom: hasRoom, on: eventLoop, answer: answer)
        } catch {
            let problem = Problem(.badRequest, "The request cannot be read: \(error)")
            let cors = gate.origins.corsFields(HTTPFields(head.headers, splitCookie: false))
            answer(.answer(refusal(problem, cors: cors)))
        }
    }

    /// - Parameters:
    ///   - hasRoom: of a stream of HTTP/2 always: it takes no descriptor.
    ///   - answer: called once, on `eventLoop`.
    func decide(
        _ request: HTTPRequest,
        from peer: SocketAddress?,
        hasRoom: Bool = true,
        on eventLoop: any EventLoop,
        answer: @escaping @Sendable (Decision) -> Void
    ) {
        let cors = gate.origins.corsFields(request.headerFields)
        do throws(Problem) {
            try gate.checkOrigin(request)
            let claimant = try gate.claimant(request)
            let target = try StreamTarget(path: request.path ?? "", fields: request.headerFields)
            guard hub.isOpen, hasRoom else { return answer(.answer(away(from: target, cors: cors))) }
            switch claimant {
            case .anonymous: answer(admit(LiveSession(nil), target, cors: cors))
            case .credential(let credential, _):
                try gate.admit(credential, from: peer, request)
                gate.sessions.authenticate(credential) { result in
                    if case .refused = result { gate.noteFailure(from: peer, request) }
                    eventLoop.execute { answer(admit(result, target, cors: cors)) }
                }
            }
        } catch {
            answer(.answer(refusal(error, cors: cors)))
        }
    }

    /// Makes a channel the stream that was granted.
    ///
    /// - Parameters:
    ///   - request: of this admission.
    ///   - handler: behind which the stream stands.
    func open(
        _ request: StreamRequest,
        on channel: any Channel,
        after handler: any ChannelHandler
    ) throws {
        let session = request.session
        try hub.open(request, on: channel, after: handler) { [sessions = gate.sessions] in sessions.release(session) }
    }

    /// Takes back what was granted to a client that has gone meanwhile.
    func abandon(_ admission: Admission) {
        hub.census.leave(admission.session.session?.userID)
        gate.sessions.release(admission.session)
    }

    private func admit(_ authentication: Authentication, _ target: StreamTarget, cors: HTTPFields) -> Decision {
        switch authentication {
        case .refused: .answer(refusal(.unauthorized, cors: cors))
        case .unavailable: .answer(away(from: target, cors: cors))
        case .session(let live): admit(live, target, cors: cors)
        }
    }

    private func admit(_ live: LiveSession, _ target: StreamTarget, cors: HTTPFields) -> Decision {
        switch hub.census.enter(live.session?.userID) {
        case .entered: break
        case .tooManyOfUser:
            gate.sessions.release(live)
            return .answer(refusal(.tooManyStreams, cors: cors))
        case .full:
            gate.sessions.release(live)
            return .answer(away(from: target, cors: cors))
        }
        return .accept(Admission(session: live, target: target, cors: cors))
    }

    private func refusal(_ problem: Problem, cors: HTTPFields) -> Answer {
        refusals.count(problem.status)
        return Answer(problem.status, problem.allFields + cors, ByteBuffer(bytes: problem.body))
    }

    /// The service itself cannot answer for now. A browser's EventSource gives up for good on any status but 200, so it
    /// gets one, and an event that says to come back (CONTRACT.md §6), with the position that it came with: an event
    /// without an id would make it forget.
    static let awayFields: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]

    private func away(from target: StreamTarget, cors: HTTPFields) -> Answer {
        return Answer(.ok, Self.awayFields + cors, Hub.unavailableBody(for: target.resume.position))
    }
}
