import Freshet
import LibPQ

/// One task, as it goes out.
struct TaskItem: Codable, Sendable, Hashable {
    let id: Int64
    let title: String
    let done: Bool
}

/// The tasks in the database, and those that were asked for lately in memory.
struct TaskStore: Sendable {
    private let database: Database

    /// By account.
    private let lists: InvalidatingCache<String, [TaskItem]>

    init(database: Database) {
        self.database = database
        lists = InvalidatingCache { account in
            let rows = try await database.query(
                "select id, title, done from task where account = $1 order by id",
                [.text(account)]
            )
            let items = try rows.map { row in
                let (id, title, done) = try row.decode(Int64.self, String.self, Bool.self)
                return TaskItem(id: id, title: title, done: done)
            }
            // Whatever happens to a task, the list of its account is told of it.
            return (items, [Tag("tasks", .string(account))])
        }
    }

    /// Never older than what has been told.
    func tasks(of account: String) async throws -> [TaskItem] { try await lists.value(for: account) }

    func add(_ title: String, for account: String) async throws {
        _ = try await database.query(
            "insert into task (account, title) values ($1, $2)",
            [.text(account), .text(title)]
        )
        // Word of it comes a moment later; whoever has written must not wait for that.
        await lists.remove(account)
    }

    /// - Returns: whether there is such a task of this account.
    func finish(_ id: Int64, of account: String) async throws -> Bool {
        let rows = try await database.query(
            "update task set done = true where id = $1 and account = $2 returning id",
            [.int(id), .text(account)]
        )
        await lists.remove(account)
        return !rows.isEmpty
    }

    /// Drops what goes stale, until there is nothing more to hear.
    func follow(_ changes: Freshet.Events) async {
        for await change in changes { await lists.apply(change) }
    }
}
