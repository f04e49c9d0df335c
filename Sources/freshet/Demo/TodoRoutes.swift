import HTTPAPI
import HTTPTypes
import Hummingbird
import LibPQ
import NIOCore

/// The to-do application's page and its API, beside the service's routes.
struct TodoRoutes: Sendable {
    let store: TodoStore
    let announcement: DemoAnnouncement

    /// Every file of the page, by its path.
    private static let page: [(path: String, file: String, type: String)] = [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("page.css", "page.css", "text/css; charset=utf-8"),
        ("page.js", "page.js", "text/javascript; charset=utf-8"),
        ("stream.js", "stream.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "icon.svg", "image/svg+xml"),
    ]

    /// The page loads and asks what is its own, and nothing else.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    func add(to router: Router<ClientContext>) {
        for (path, file, type) in Self.page {
            let body = ByteBuffer(string: EmbeddedFiles.demo[file, default: ""])
            router.get(RouterPath(path)) { request, _ in
                try refuseForeignName(request)
                return Self.response(body, type: type)
            }
        }
        router.get("demo.json") { request, _ in
            try refuseForeignName(request)
            return Self.response(ByteBuffer(bytes: announcement.json), type: "application/json")
        }
        router.get("operator") { request, _ in
            try refuseForeignName(request)
            return Self.signedIn(announcement.operatorToken)
        }
        router.get("todos") { request, _ in
            let user = try user(of: request)
            let json = try await answered { try await store.list(for: user) }
            return Self.response(ByteBuffer(string: json), type: "application/json")
        }
        router.post("todos") { request, context in
            let user = try user(of: request)
            let new = try await request.decode(as: NewTodo.self, context: context)
            let title = try new.checkedTitle()
            let owner = try owner(new.owner)
            guard owner == nil || owner == user.id else {
                throw Problem(.forbidden, "A to-do can be added for oneself or for all.")
            }
            try await answered { try await store.add(title: title, owner: owner) }
            return Response(status: .noContent)
        }
        router.patch("todos/:id") { request, context in
            let user = try user(of: request)
            let id = try id(in: context)
            let change = try await request.decode(as: TodoChange.self, context: context)
            if let isDone = change.done {
                try await found { try await store.setDone(isDone, id: id, as: user) }
            }
            if let name = change.owner {
                let owner = try owner(name)
                try await found { try await store.move(id: id, to: owner, as: user) }
            }
            return Response(status: .noContent)
        }
        router.delete("todos/:id") { request, context in
            let user = try user(of: request)
            let id = try id(in: context)
            try await found { try await store.delete(id: id, as: user) }
            return Response(status: .noContent)
        }
    }

    // MARK: Who, what

    private func user(of request: Request) throws -> DemoUser {
        let words = request.headers[.authorization]?.split(separator: " ") ?? []
        guard words.count == 2, words[0].lowercased() == "bearer",
            let user = announcement.users.first(where: { $0.token == words[1] })
        else { throw Problem(.unauthorized, "This needs the token of a user of the demo.") }
        return user
    }

    private func id(in context: ClientContext) throws -> Int64 {
        guard let text = context.parameters.get("id"), let id = Int64(text) else {
            throw Problem(.notFound, "There is no such to-do.")
        }
        return id
    }

    /// A user's id, or nil for `shared`.
    private func owner(_ name: String) throws -> String? {
        guard name != "shared" else { return nil }
        guard announcement.users.contains(where: { $0.id == name }) else {
            throw Problem(.badRequest, "The owner is a user of the demo, or 'shared'.")
        }
        return name
    }

    private func refuseForeignName(_ request: Request) throws {
        guard announcement.isOwn(authority: request.head.authority) else {
            throw Problem(.forbidden, "The demo is reached as localhost or 127.0.0.1.")
        }
    }

    // MARK: Answers

    private func found(_ body: () async throws -> Bool) async throws {
        guard try await answered(body) else {
            throw Problem(.notFound, "There is no such to-do, or it is somebody else's.")
        }
    }

    private func answered<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch is PostgresError {
            throw Problem(.serviceUnavailable, "The demo's database does not answer.")
        }
    }

    /// Goes on to the operator's page with a session in a cookie, which no other page of this origin is sent.
    private static func signedIn(_ token: String) -> Response {
        let path = "/api/invalidator"
        return Response(
            status: .seeOther,
            headers: [
                .location: "\(path)/admin", .cacheControl: "no-store",
                .setCookie: "freshet_session=\(token); Path=\(path); HttpOnly; SameSite=Strict",
            ]
        )
    }

    private static func response(_ body: ByteBuffer, type: String) -> Response {
        var fields: HTTPFields = [.contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"]
        fields[.contentSecurityPolicy] = policy
        if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "no-referrer" }
        return Response(status: .ok, headers: fields, body: .init(byteBuffer: body))
    }
}

/// The body of `POST /todos`.
private struct NewTodo: Decodable {
    let title: String
    let owner: String

    func checkedTitle() throws -> String {
        let title = title.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard (1...200).contains(title.unicodeScalars.count), !title.unicodeScalars.contains("\0") else {
            throw Problem(.badRequest, "A to-do has a title of 1 to 200 characters.")
        }
        return title
    }
}

/// The body of `PATCH /todos/:id`: what is there is changed.
private struct TodoChange: Decodable {
    let done: Bool?
    let owner: String?
}
