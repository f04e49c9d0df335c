import ArgumentParser
import Foundation
import Load
import TestSupport

/// Loads one `freshet serve` for as long, and with as many, as one likes.
@main
struct Stress: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stress",
        abstract: "Looks whether slow readers, or connections that come and go, do Freshet any harm.",
        subcommands: [SlowReadersCommand.self, ChurnCommand.self]
    )
}

struct SlowReadersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slow-readers",
        abstract: "Streams that read a byte a second, beside quick ones."
    )

    @Option(help: "How many streams read a byte a second.")
    var slow = 100

    @Option(help: "How many streams read all that comes.")
    var quick = 1_000

    @Option(help: "How long they are invalidated, after a sixth of that without the slow ones.")
    var seconds: Double = 60

    @Option(help: "Invalidations a second.")
    var rate = 200

    @OptionGroup var service: ServiceOption

    func run() async throws {
        let run = SlowReaders(
            slow: slow,
            quick: quick,
            duration: .seconds(seconds),
            rate: rate,
            service: service.path
        )
        try judge(try await run.run(say))
    }
}

struct ChurnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "churn",
        abstract: "Connections that are broken off at every stage."
    )

    @Option(help: "How many connections come and go.")
    var cycles = 200_000

    @OptionGroup var service: ServiceOption

    func run() async throws { try judge(try await Churn(cycles: cycles, service: service.path).run(say)) }
}

struct ServiceOption: ParsableArguments {
    @Option(help: ArgumentHelp("The freshet to load. Default: the one built beside this program.", valueName: "path"))
    var service: String?

    var path: String { service ?? ServiceProcess.freshet }
}

private func judge(_ report: Report) throws {
    for line in report.lines { say(line) }
    for finding in report.findings { say("FOUND: \(finding)") }
    guard report.findings.isEmpty else { throw ExitCode.failure }
}

/// Not `print`, which keeps what goes into a pipe until there is much of it.
@Sendable private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
