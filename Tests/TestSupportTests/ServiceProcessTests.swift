import Foundation
import Testing

@testable import TestSupport

@Suite struct ServiceProcessTests {
    private func shell<Result>(
        _ script: String,
        environment: [String: String] = [:],
        _ body: (ServiceProcess) async throws -> Result
    ) async throws -> Result {
        try await ServiceProcess.withProcess("/bin/sh", ["-c", script], environment: environment, body)
    }

    @Test func `lines of both outputs are seen, and the exit code`() async throws {
        try await shell("echo one; echo two >&2; exit 7") { process in
            var lines: Set<String> = []
            while let line = try await process.nextLine() { lines.insert(line) }
            #expect(lines == ["one", "two"])
            #expect(try await process.exit() == .code(7))
        }
    }

    @Test func `a line is waited for`() async throws {
        try await shell("echo starting; echo listening on 8080; exec sleep 1000") { process in
            let line = try await process.line(containing: "listening on")
            #expect(line == "listening on 8080")
        }
    }

    @Test func `a process that ends before its line is an error that shows what it printed`() async throws {
        try await shell("echo the port is in use; exit 1") { process in
            let error = await #expect(throws: ServiceEnded.self) { try await process.line(containing: "listening") }
            #expect(error?.exit == .code(1))
            #expect(error?.description.contains("the port is in use") == true)
        }
    }

    @Test func `signals arrive`() async throws {
        try await shell("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done") { process in
            try await process.line(containing: "ready")
            process.terminate()
            try await process.line(containing: "bye")
            #expect(try await process.exit() == .code(3))
            process.terminate()
        }
    }

    @Test func `a frozen process is killed all the same at the end of its scope`() async throws {
        let process = try await shell("echo ready; while :; do sleep 0.01; done") { process in
            try await process.line(containing: "ready")
            process.freeze()
            return process
        }
        #expect(try await process.exit() == .signal(SIGKILL))
    }

    @Test func `it is killed when the scope ends with an error`() async throws {
        struct Failure: Error {}
        var process: ServiceProcess?
        await #expect(throws: Failure.self) {
            try await shell("exec sleep 1000") {
                process = $0
                throw Failure()
            }
        }
        #expect(try await process?.exit() == .signal(SIGKILL))
    }

    @Test func `nothing that configures Freshet or libpq is inherited`() {
        let names = ["PGHOST", "PGSERVICEFILE", "DATABASE_URL", "FRESHET_PORT", "PATH", "HOME", "TESTPGHOST"]
        #expect(
            names.filter(ServiceProcess.isConfiguration) == ["PGHOST", "PGSERVICEFILE", "DATABASE_URL", "FRESHET_PORT"]
        )
    }

    @Test func `its environment is ours and what the test adds`() async throws {
        try await shell("echo $FRESHET_PORT ${PATH:+path}", environment: ["FRESHET_PORT": "1"]) { process in
            let line = try await process.nextLine()
            #expect(line == "1 path")
        }
    }

    @Test func `a program that is not there is an error`() async {
        await #expect(throws: (any Error).self) {
            try await ServiceProcess.withProcess("/nonexistent/freshet", []) { _ in }
        }
    }
}
