import Foundation
import LibPQ

/// One PostgreSQL for this test process, in a temporary directory, with TLS and a role that has a password.
///
/// A shell starts it, waits for this process to end (however it ends: the pipe closes), and removes all of it.
final class ThrowawayServer: Sendable {
    static let password = "correct-horse-battery"

    private static let starting = Task { try await start() }

    static var shared: ThrowawayServer {
        get async throws { try await starting.value }
    }

    let directory: String
    let port: Int
    private let lifeline: FileHandle

    private init(directory: String, port: Int, lifeline: FileHandle) {
        self.directory = directory
        self.port = port
        self.lifeline = lifeline
    }

    /// The superuser over the local socket.
    var info: ConnectionInfo {
        get throws { try ConnectionInfo("host=\(directory) port=\(port) user=postgres dbname=postgres") }
    }

    /// A role with a password over TCP.
    func overTCP(port: Int? = nil, _ more: String = "") throws -> ConnectionInfo {
        try ConnectionInfo(
            """
            host=127.0.0.1 port=\(port ?? self.port) user=visitor dbname=postgres password=\(Self.password) \(more)
            """
        )
    }

    private static func start() async throws -> ThrowawayServer {
        let directory = "/tmp/libpq-tests-\(UUID().uuidString.prefix(8))"
        let port = try TCPListener().port
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script, "sh", directory, "\(port)", password]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let said = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: output.fileHandleForReading.availableData)
            }
        }
        guard String(decoding: said, as: UTF8.self) == "ready\n" else {
            throw StartFailure(log: String(decoding: said, as: UTF8.self))
        }
        return ThrowawayServer(directory: directory, port: port, lifeline: input.fileHandleForWriting)
    }

    private struct StartFailure: Error {
        let log: String
    }

    private static let script = """
        set -eu
        directory=$1 port=$2 password=$3
        bin=$(pg_config --bindir)
        as=
        if [ "$(id -u)" = 0 ]; then as="setpriv --reuid=postgres --regid=postgres --init-groups"; fi
        mkdir -m 700 "$directory"
        if [ -n "$as" ]; then chown postgres:postgres "$directory"; fi
        cd "$directory"
        remove() {
            $as "$bin/pg_ctl" -D "$directory/data" -m immediate stop >/dev/null 2>&1 || true
            rm -rf "$directory"
        }
        trap remove EXIT
        trap '' INT TERM HUP PIPE
        {
            $as "$bin/initdb" -D data -U postgres -E UTF8 --locale=C -N \\
                --auth-local=trust --auth-host=scram-sha-256
            $as openssl req -new -x509 -nodes -days 2 -subj /CN=localhost -keyout data/server.key -out data/server.crt
            chmod 755 "$directory"
            $as sh -c 'chmod 600 data/server.key; cat >>data/postgresql.conf' <<SETTINGS
        port = $port
        listen_addresses = '127.0.0.1'
        unix_socket_directories = '$directory'
        ssl = on
        fsync = off
        max_connections = 200
        SETTINGS
            $as "$bin/pg_ctl" -D data -w -l data/log start
            $as "$bin/psql" -h "$directory" -p "$port" -U postgres -c \\
                "create role visitor superuser login password '$password'"
        } >setup.log 2>&1 </dev/null || { cat setup.log; exit 1; }
        echo ready
        cat >/dev/null
        """
}
