import ArgumentParser

/// A length of time on the command line: a number and a unit, `50ms`, `15s`, `5m` or `1h`.
struct Interval: ExpressibleByArgument, Hashable, Sendable, CustomStringConvertible {
    let duration: Duration
    let description: String

    init?(argument: String) {
        guard let unit = Self.units.first(where: { argument.hasSuffix($0.name) }),
            let number = Double(argument.dropLast(unit.name.count)), number >= 0, number.isFinite, number < 1e9
        else { return nil }
        duration = unit.length * number
        description = argument
    }

    /// Longer names first, so that `ms` is not read as minutes of seconds.
    private static let units: [(name: String, length: Duration)] = [
        ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3_600)),
    ]

    static var defaultCompletionKind: CompletionKind { .list(["50ms", "15s", "5m", "1h"]) }
}
