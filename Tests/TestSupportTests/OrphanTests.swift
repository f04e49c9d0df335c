import Foundation
import TestSupport
import Testing
import ThrowawayPostgres

#if os(Linux)
    /// Nothing may be left of a test run that is killed, and no handler can answer SIGKILL.
    @Suite struct OrphanTests {
        private static let victim = "FRESHET_TEST_VICTIM"

        @Test func `a killed test process leaves neither server, directory nor service behind`() async throws {
            let arguments = ["--testing-library", "swift-testing", "--filter", "the victim"]
            let itself = CommandLine.arguments[0]
            try await ServiceProcess.withProcess(itself, arguments, environment: [Self.victim: "1"]) { run in
                let line = try await run.line(containing: "victim:")
                let words = line.split(separator: " ")
                let (directory, service, server) = (words[1], words[2], words[3])
                #expect(FileManager.default.fileExists(atPath: "\(directory)/data"))
                run.kill()
                #expect(try await run.exit() == .signal(SIGKILL))
                let watch = """
                    runs() { grep -qs '^State:.[^ZX]' "/proc/$1/status"; }
                    while [ -e \(directory) ] || runs \(service) || runs \(server); do sleep 0.02; done
                    echo gone
                    """
                try await ServiceProcess.withProcess("/bin/sh", ["-c", watch]) { try await $0.line(containing: "gone") }
            }
        }

        /// Run by the test above in a process of its own.
        @Test(.enabled(if: ProcessInfo.processInfo.environment[victim] != nil, "only in a process of its own"))
        func `the victim`() async throws {
            try await withCluster(.forTests) { cluster in
                // As what else may come to lie there: of root's, where we are root and the server is not.
                let more = cluster.directory + "/more"
                try FileManager.default.createDirectory(atPath: more, withIntermediateDirectories: false)
                try Data("x".utf8).write(to: URL(fileURLWithPath: more + "/file"))
                try await ServiceProcess.withProcess("/bin/sleep", ["1000"]) { service in
                    let server = try await cluster.postmaster() ?? 0
                    let line = "victim: \(cluster.directory) \(service.processID) \(server)\n"
                    FileHandle.standardOutput.write(Data(line.utf8))
                    try await Latch().wait()
                }
            }
        }
    }
#endif
