import Foundation
import LibPQ
import ThrowawayPostgres

/// The demo's database, made: its logins, and its users with a session each.
struct DemoDatabase: Sendable {
    let users: [DemoUser]

    /// The token of an administrator, who has no to-dos.
    let operatorToken: String

    /// Where all of it lies.
    let directory: String

    /// As the service connects: a member of freshet_service and nothing else.
    let serviceConnection: String

    /// As the application connects, by a way that any user of this machine can take who is told the password.
    let applicationURL: String

    /// psql, by its name where the shell would find it, else by its path.
    let psql: String

    private static let name = "todo"

    /// Applies the migrations as an operator would, then the application, and signs both users in, and an operator.
    static func make(in cluster: Cluster) async throws -> DemoDatabase {
        let folder = cluster.directory + "/migrations"
        // Where we are root, who removes the directory is not: a folder of ours in it would stay.
        let owner = try FileManager.default.attributesOfItem(atPath: cluster.directory)[.ownerAccountID]
        let attributes = owner.map { [FileAttributeKey.ownerAccountID: $0] }
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false,
            attributes: attributes
        )
        for (file, text) in EmbeddedFiles.migrations {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + file))
        }
        try await cluster.psql(.text("create database \(name)"))
        try await cluster.psql(.file(folder + "/apply.sql"), database: name)

        let service = password()
        let application = password()
        try await cluster.psql(
            .text(EmbeddedFiles.demo["todo.sql", default: ""]),
            database: name,
            variables: ["service_password": service, "application_password": application]
        )
        let sessions = try await cluster.psql(
            .text("select id, name, freshet.create_session(id) from todo_user order by id"),
            database: name
        )
        let users = sessions.split(separator: "\n").compactMap { line -> DemoUser? in
            let parts = line.split(separator: "|").map(String.init)
            return parts.count == 3 ? DemoUser(id: parts[0], name: parts[1], token: parts[2]) : nil
        }
        let operatorToken = try await cluster.psql(
            .text("select freshet.create_session('operator', is_admin => true)"),
            database: name
        )
        return DemoDatabase(
            users: users,
            operatorToken: operatorToken.trimmingCharacters(in: .whitespacesAndNewlines),
            directory: cluster.directory,
            serviceConnection: "host=\(cluster.directory) port=\(cluster.port) dbname=\(name) user=freshet_demo "
                + "password=\(service)",
            applicationURL: "postgresql://todo:\(application)@127.0.0.1:\(cluster.port)/\(name)",
            psql: psql(of: cluster)
        )
    }

    func applicationConnection() throws -> ConnectionInfo {
        try ConnectionInfo(applicationURL, applicationName: "freshet demo")
    }

    /// Letters and digits, so that it can stand in a URI and in a shell as it is.
    private static func password() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        var random = SystemRandomNumberGenerator()
        return String((0..<20).map { _ in letters[Int.random(in: letters.indices, using: &random)] })
    }

    private static func psql(of cluster: Cluster) -> String {
        let path = ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":")
        let isInPath = path.contains { FileManager.default.isExecutableFile(atPath: "\($0)/psql") }
        return isInPath ? "psql" : cluster.binaries.path(of: "psql")
    }
}
