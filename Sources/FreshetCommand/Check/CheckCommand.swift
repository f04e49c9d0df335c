import ArgumentParser
import Foundation

/// `freshet check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tells whether a database is ready for the service, and what to do where it is not.",
        discussion: """
            Connects as the service would, with the same role, and prints one line per finding: "ok", "note" for what \
            deserves a look, or "FAIL" with what to do. It ends with status 0 only where nothing fails. It changes \
            nothing but what a start of the service changes too.
            """
    )

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let info = try database.connectionInfo(Environment(), name: "freshet check")
        let writer = FindingWriter.standardOutput
        var failures = 0
        await DatabaseCheck(database: info).run { finding in
            if finding.mark == .failed { failures += 1 }
            print(writer.line(finding))
        }
        if failures > 0 { throw ExitCode.failure }
    }
}
