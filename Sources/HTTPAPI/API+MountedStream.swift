import EventStream
import HTTPTypes
package import Hummingbird
import Invalidation
import NIOCore
import ServiceLifecycle
import SessionAuth

/// All routes, as a part of a server that is somebody else's: the stream is the body of a response there.
extension API {
    /// - Parameter noticesEnd: whether a client's end is looked for in the body of its request; else it shows at the next write.
    package func routes<Context: RequestContext>(noticesEnd: Bool) -> RouteCollection<Context>
    where G == ResolverGate<Context> {
        var api = self
        api.noticesEnd = noticesEnd
        return api.routes()
    }

    private func routes<Context: RequestContext>() -> RouteCollection<Context> where G == ResolverGate<Context> {
        let routes = RouteCollection(context: Context.self)
        add(to: routes)
        let base = routes.group(RouterPath(configuration.basePath))
        for path in ["", "sse"] {
            base.get(RouterPath(path)) { request, context in try await stream(request, context) }
        }
        return routes
    }

    private func stream(_ request: Request, _ context: G.Context) async throws -> Response {
        try gate.check(request)
        let target = try StreamTarget(path: request.uri.string, fields: request.headers)
        // Nobody would hear of a logout either while the listener is away.
        guard hub.isOpen, isListening else { return Self.away(from: target) }
        let session: LiveSession
        do {
            session = try await gate.session(of: request, context)
        } catch let problem as Problem where problem.status == .serviceUnavailable {
            return Self.away(from: target)
        }
        switch hub.census.enter(session.session?.userID) {
        case .entered: break
        case .tooManyOfUser:
            gate.release(session)
            throw Problem.tooManyStreams
        case .full:
            gate.release(session)
            return Self.away(from: target)
        }
        let stream = MountedStream(session, target, hub: hub, release: gate.release)
        return Response(
            status: .ok,
            headers: Admission.fields,
            body: .init { writer in try await stream.write(to: writer, answering: request, noticesEnd: noticesEnd) }
        )
    }

    /// The service itself cannot answer for now (see ``StreamGate``).
    private static func away(from target: StreamTarget) -> Response {
        Response(
            status: .ok,
            headers: StreamGate.awayFields,
            body: .init(byteBuffer: Hub.unavailableBody(for: target.resume.position))
        )
    }
}
