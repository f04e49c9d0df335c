import ArgumentParser
import Logging

/// What is logged, and how.
struct LogOptions: ParsableArguments {
    @Option(
        help: """
            The least level that is logged: trace, debug, info, notice, warning, error, critical. Default: info; the \
            demo's is warning.
            """
    )
    var logLevel: LogLevel?

    @Option(help: "How a line is written: text or json. Default: text.")
    var logFormat: LogFormat?

    /// - Parameter standard: the level where none is set.
    func logger(_ environment: Environment, standard: Logger.Level = .info) throws -> Logger {
        let level = try environment.value(logLevel, "log-level")?.level ?? standard
        let format = try environment.value(logFormat, "log-format") ?? .text
        return Logger(label: "freshet") { LineLogHandler(label: $0, format: format, level: level) }
    }
}

/// A level of the log by its name.
struct LogLevel: ExpressibleByArgument {
    let level: Logger.Level

    init?(argument: String) {
        guard let level = Logger.Level(rawValue: argument) else { return nil }
        self.level = level
    }
}

extension LogFormat: ExpressibleByArgument {}
