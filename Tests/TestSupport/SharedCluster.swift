import ThrowawayPostgres

/// The one PostgreSQL of this test process.
///
/// It is made when the first test asks for it; the shell that owns it removes it when the process is gone.
actor SharedCluster {
    static let shared = SharedCluster()

    private var cluster: Task<Cluster, any Error>?
    private var templates: [TestDatabase.Template: Task<String, any Error>] = [:]

    func get() async throws -> Cluster {
        let task = cluster ?? Task { try await makeProcessCluster(.forTests) }
        cluster = task
        return try await task.value
    }

    /// The name of the database to clone, which nobody ever connects to again.
    func template(_ template: TestDatabase.Template) async throws -> String {
        let task = templates[template] ?? Task { try await make(template) }
        templates[template] = task
        return try await task.value
    }

    private func make(_ template: TestDatabase.Template) async throws -> String {
        switch template {
        case .empty: return "template0"
        case .migrated:
            let cluster = try await get()
            try await cluster.psql(.text("create database freshet_migrated template template0"))
            try await cluster.psql(.file(Repository.migrations), database: "freshet_migrated")
            return "freshet_migrated"
        }
    }
}
