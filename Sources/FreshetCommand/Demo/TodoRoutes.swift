import Freshet
import HTTPTypes
import Hummingbird
import NIOCore

/// The to-do application's API. What changes something is answered with what became of it, so that a page needs no
/// refetch for its own writes.
struct TodoRoutes: Sendable {
    let store: TodoStore
    let announcement: DemoAnnouncement

    func add(to group: RouterGroup<ServerContext>) {
        group.get("todos") { request, _ in
            let user = try await user(of: request)
            return Self.json(try await store.list(for: user))
        }
        group.post("todos") { request, context in
            let author = try await author(of: request)
            let new = try await request.decode(as: NewTodo.self, context: context)
            let title = try new.checkedTitle()
            let owner = try owner(new.owner)
            guard owner == nil || owner == author.user else {
                throw HTTPError(.forbidden, message: "A to-do can be added for oneself or for all.")
            }
            return Self.json(try await store.add(title: title, owner: owner, by: author).json, status: .created)
        }
        group.patch("todos") { request, context in
            let author = try await author(of: request)
            let change = try await request.decode(as: BulkChange.self, context: context)
            return Self.json(try await store.setAllDone(change.done, by: author).json)
        }
        group.patch("todos/:id") { request, context in
            let author = try await author(of: request)
            let id = try id(in: context)
            let change = try await request.decode(as: TodoChange.self, context: context)
            guard change.done != nil || change.owner != nil else {
                throw HTTPError(.badRequest, message: "A change names 'done' or 'owner'.")
            }
            let move = try change.owner.map { TodoStore.Move(owner: try owner($0)) }
            return try Self.found(try await store.change(id: id, done: change.done, move: move, by: author))
        }
        group.delete("todos/:id") { request, context in
            let author = try await author(of: request)
            let id = try id(in: context)
            return try Self.found(try await store.delete(id: id, by: author))
        }
    }

    // MARK: Who, what

    private func user(of request: Request) async throws -> String {
        let token = try DemoRoutes.token(of: request)
        guard let id = try await store.user(of: token), announcement.users.contains(where: { $0.id == id }) else {
            throw HTTPError(.unauthorized, message: "This token is no session of a user of the demo (any more).")
        }
        return id
    }

    private static let originField = HTTPField.Name("Freshet-Origin")

    private func author(of request: Request) async throws -> TodoStore.Author {
        let origin = Self.originField.flatMap { request.headers[$0] }
        // Freshet tells so many characters of it.
        guard origin.map({ (1...200).contains($0.unicodeScalars.count) }) ?? true else {
            throw HTTPError(.badRequest, message: "Freshet-Origin has 1 to 200 characters.")
        }
        return TodoStore.Author(user: try await user(of: request), origin: origin)
    }

    private func id(in context: ServerContext) throws -> Int64 {
        guard let text = context.parameters.get("id"), let id = Int64(text) else {
            throw HTTPError(.notFound, message: "There is no such to-do.")
        }
        return id
    }

    /// A user's id, or nil for `shared`.
    private func owner(_ name: String) throws -> String? {
        guard name != "shared" else { return nil }
        guard announcement.users.contains(where: { $0.id == name }) else {
            throw HTTPError(.badRequest, message: "The owner is a user of the demo, or 'shared'.")
        }
        return name
    }

    // MARK: Answers

    private static func found(_ written: TodoStore.Written) throws -> Response {
        guard written.count > 0 else {
            throw HTTPError(.notFound, message: "There is no such to-do, or it is somebody else's.")
        }
        return json(written.json)
    }

    private static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        PageRoutes.response(ByteBuffer(string: text), type: "application/json", status: status)
    }
}

/// The body of `POST /todos`.
private struct NewTodo: Decodable {
    let title: String
    let owner: String

    func checkedTitle() throws -> String {
        let title = title.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard (1...200).contains(title.unicodeScalars.count), !title.unicodeScalars.contains("\0") else {
            throw HTTPError(.badRequest, message: "A to-do has a title of 1 to 200 characters.")
        }
        return title
    }
}

/// The body of `PATCH /todos`: of all that the user may see.
private struct BulkChange: Decodable {
    let done: Bool
}

/// The body of `PATCH /todos/:id`: what is there is changed.
private struct TodoChange: Decodable {
    let done: Bool?
    let owner: String?
}
