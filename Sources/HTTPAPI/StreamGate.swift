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
        case accept(StreamRequest)
        case refuse(Problem)

        /// The service itself cannot answer for now. A browser's EventSource gives up for good on any status but 200, so
        /// it gets one, and an event that says to come back (CONTRACT.md §6), with the position that it came with: an
        /// event without an id would make it forget.
        case sendAway(Position?)
    }

    let gate: Gate
    let hub: Hub
    private let sse: Set<Substring>

    init(_ configuration: APIConfiguration, gate: Gate, hub: Hub) {
        self.gate = gate
        self.hub = hub
        let base = configuration.basePath
        sse = [base + "/sse", base.isEmpty ? "/" : base[...]]
    }

    /// Whether this request is for the stream.
    func takes(_ head: HTTPRequestHead) -> Bool {
        head.method == .GET && sse.contains(head.uri.prefix { $0 != "?" })
    }

    /// - Parameter answer: called once, on `eventLoop`.
    func decide(_ head: HTTPRequestHead, on eventLoop: any EventLoop, answer: @escaping @Sendable (Decision) -> Void) {
        do {
            let request = try HTTPRequest(head, secure: false, splitCookie: false)
            let claimant = try gate.claimant(request)
            let target = try StreamTarget(path: head.uri, fields: request.headerFields)
            let open = Opening(
                target: target,
                framing: head.version == .http1_1 ? .chunked : .untilClose,
                cors: gate.origins.corsFields(request.headerFields)
            )
            guard hub.isOpen else { return answer(.sendAway(target.resume.position)) }
            switch claimant {
            case .anonymous: answer(admit(LiveSession(nil), open))
            case .credential(let credential, _):
                gate.sessions.authenticate(credential) { result in
                    eventLoop.execute { answer(admit(result, open)) }
                }
            }
        } catch let problem as Problem {
            answer(.refuse(problem))
        } catch {
            answer(.refuse(Problem(.badRequest, "The request cannot be read: \(error)")))
        }
    }

    /// What was asked for, as far as it does not depend on who asks.
    private struct Opening: Sendable {
        let target: StreamTarget
        let framing: Framing
        let cors: HTTPFields
    }

    private func admit(_ authentication: Authentication, _ opening: Opening) -> Decision {
        switch authentication {
        case .refused: .refuse(.unauthorized)
        case .unavailable: .sendAway(opening.target.resume.position)
        case .session(let live): admit(live, opening)
        }
    }

    private func admit(_ live: LiveSession, _ opening: Opening) -> Decision {
        guard hub.census.enter(live.session?.userID) else {
            gate.sessions.release(live)
            return .refuse(.tooManyStreams)
        }
        return .accept(
            StreamRequest(
                session: live,
                filter: opening.target.filter,
                resume: opening.target.resume,
                framing: opening.framing,
                isPlain: true,
                head: Self.head(opening.framing, cors: opening.cors)
            )
        )
    }

    /// The head of a stream's response, as bytes: it is written below the HTTP encoder, like the events after it.
    private static func head(_ framing: Framing, cors: HTTPFields) -> ByteBuffer {
        var head = ByteBuffer(
            string: """
                HTTP/1.1 200 OK\r
                Content-Type: text/event-stream\r
                Cache-Control: no-store, no-transform\r
                X-Accel-Buffering: no\r
                X-Content-Type-Options: nosniff\r

                """
        )
        switch framing {
        case .chunked: head.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .untilClose: head.writeStaticString("Connection: close\r\n")
        }
        for field in cors { head.writeString("\(field.name): \(field.value)\r\n") }
        head.writeStaticString("\r\n")
        return head
    }
}
