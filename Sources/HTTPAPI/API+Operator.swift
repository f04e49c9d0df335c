import EventStream
import HTTPTypes
import Hummingbird
import Invalidation

/// The operator's page and what it asks (CONTRACT.md §6).
extension API {
    func addOperator(to base: RouterGroup<G.Context>) {
        base.get("admin") { request, context in
            try await gate.withAdministrator(request, context) { _ in page.response }
        }
        base.get("admin/events") { request, context in try await feed(request, context) }
        base.get("admin/audience") { request, context in
            try await gate.withAdministrator(request, context) { _ in
                let report = await hub.report(on: try Self.asked(request))
                return Self.json(OperatorNews.report(report).bytes)
            }
        }
        base.post("admin/end") { request, context in
            try await gate.withAdministrator(request, context) { session in
                let user = try EndBody(json: try await Self.body(of: request)).user
                let ended = await hub.endStreams(of: user)
                audit.acted(session, request.head, "\(ended) streams of \(user)")
                var json = JSONObject()
                json.set("ended", ended)
                return Self.json(json.bytes)
            }
        }
    }

    private func feed(_ request: Request, _ context: G.Context) async throws -> Response {
        let (live, _) = try await gate.administrator(request, context)
        guard let seat = OperatorSeat(live, hub: hub, release: gate.release) else { throw Problem.tooManyPages }
        let feed = OperatorFeed(seat: seat, noticesEnd: noticesEnd) {
            OperatorNews.figures(serviceStatus(hub.controls), hub, metrics: metricsJSON())
        }
        return Response(
            status: .ok,
            headers: Admission.fields,
            body: .init { writer in try await feed.write(to: writer, answering: request) }
        )
    }

    /// The tag and scope of a question; the scope is `global` where none is named.
    private static func asked(_ request: Request) throws(Problem) -> Invalidation {
        let query = request.uri.queryParameters
        let tagText = query["tag"].map(String.init) ?? ""
        let scopeText = query["scope"].map(String.init) ?? Scope.global.text
        guard !tagText.isEmpty else {
            throw Problem(.badRequest, "The query needs \"tag\", whose hearers are looked for: tag=todo/42.")
        }
        guard let tag = Tag(text: tagText) else {
            throw Problem(.badRequest, "The query parameter tag is '\(tagText)', which is no tag.")
        }
        guard let scope = Scope(text: scopeText) else {
            throw Problem(.badRequest, "The scope '\(scopeText)' is neither global nor of the form kind/id.")
        }
        return Invalidation(tags: [tag], scope: scope)
    }
}
