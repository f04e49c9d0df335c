import Foundation
import TestSupport
import Testing

/// A web server before two replicas, which runs with the configuration that docs/deploy gives to operators: only the
/// ports are others.
struct FrontServer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    private let places: [String]
    private let arguments: @Sendable (_ directory: String, _ file: String) -> [String]
    private let configuration: @Sendable (_ front: Int, _ ports: [Int]) throws -> String

    private var program: String? { places.first { FileManager.default.isExecutableFile(atPath: $0) } }

    /// Those that are installed; where a run has to prove all of it, all of them.
    static let testable = [nginx, caddy].filter { isCI || $0.program != nil }

    private static let nginx = FrontServer(
        testDescription: "nginx",
        places: ["/usr/sbin/nginx", "/usr/bin/nginx", "/opt/homebrew/bin/nginx"],
        arguments: { ["-p", $0, "-c", $1] },
        configuration: { front, ports in
            """
            daemon off; master_process off; pid nginx.pid; error_log stderr error; worker_rlimit_nofile 20000;
            events { worker_connections 8000; }
            http {
              access_log off; client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d;
              scgi_temp_path e;
              \(try text("nginx.conf", ["listen 80;": "listen 127.0.0.1:\(front);"], ports))
            }
            """
        }
    )

    private static let caddy = FrontServer(
        testDescription: "Caddy",
        places: ["/usr/bin/caddy", "/usr/local/bin/caddy", "/opt/homebrew/bin/caddy"],
        arguments: { ["run", "--adapter", "caddyfile", "--config", $1] },
        configuration: { front, ports in
            """
            {
            \tadmin off
            \tauto_https off
            }
            \(try text("Caddyfile", ["app.example.com {": "http://:\(front) {\n\tbind 127.0.0.1"], ports))
            """
        }
    )

    /// A file of docs/deploy with what differs here; what is to be replaced must be there.
    private static func text(_ name: String, _ replacements: [String: String], _ ports: [Int]) throws -> String {
        var text = try String(contentsOfFile: Repository.root + "/docs/deploy/" + name, encoding: .utf8)
        let all = replacements.merging(
            ["127.0.0.1:8080": "127.0.0.1:\(ports[0])", "127.0.0.1:8081": "127.0.0.1:\(ports[1])"]
        ) { $1 }
        for (old, new) in all {
            try #require(text.contains(old), "\(name) has no \(old)")
            text = text.replacing(old, with: new)
        }
        return text
    }

    /// Runs it on a port while `body` runs.
    func withServer(_ front: Int, before ports: [Int], _ body: () async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "freshet-front-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("configuration").path
        try configuration(front, ports).write(toFile: file, atomically: true, encoding: .utf8)
        let program = try #require(program, "\(testDescription) is missing")
        // Caddy keeps what it has run with.
        let home = ["XDG_CONFIG_HOME": directory.path, "XDG_DATA_HOME": directory.path]
        try await ServiceProcess.withProcess(program, arguments(directory.path, file), environment: home) { _ in
            try await body()
        }
    }
}
