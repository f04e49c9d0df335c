import Hummingbird

/// Tasks over HTTP, each of them its account's alone.
struct TaskRoutes: Sendable {
    let store: TaskStore
    let sessions: AccountSessions

    private struct NewTask: Decodable {
        let title: String
    }

    func add(to group: some RouterMethods<TaskContext>) {
        group.get("tasks") { _, context in try await store.tasks(of: try context.account()) }
        group.post("tasks") { request, context -> HTTPResponse.Status in
            let account = try context.account()
            let title = try await request.decode(as: NewTask.self, context: context).title
            guard !title.isEmpty else { throw HTTPError(.badRequest, message: "A task has a title.") }
            try await store.add(title, for: account)
            return .created
        }
        group.post("tasks/:id/done") { _, context -> HTTPResponse.Status in
            let id = try context.parameters.require("id", as: Int64.self)
            guard try await store.finish(id, of: try context.account()) else { throw HTTPError(.notFound) }
            return .noContent
        }
        group.post("sign-out") { _, context -> HTTPResponse.Status in
            guard let token = context.token else { throw HTTPError(.unauthorized) }
            try await sessions.signOut(token)
            return .noContent
        }
    }
}

extension TaskItem: ResponseEncodable {}
