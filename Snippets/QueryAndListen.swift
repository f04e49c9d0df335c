// One connection that asks, and then listens.
import LibPQ

// snippet.hide
func refresh(_ payload: String) {}
func refreshAll() {}
// snippet.show
let info = try ConnectionInfo("postgresql://app@localhost/app", applicationName: "cache")
try await Connection.withConnection(info) { connection in
    for row in try await connection.query("select id, title from todo where owner = $1", ["ada"]) {
        let (id, title) = try row.decode(Int.self, String.self)
        print(id, title)
    }
    try await connection.withNotifications(on: "todo_changed", limit: 1_000) { notifications in
        for try await batch in notifications {
            switch batch {
            case .notifications(let all): for one in all { refresh(one.payload) }
            case .overflow: refreshAll()
            }
        }
    }
}
