import Freshet
import LibPQ

extension DatabaseCheck {
    func migrations(_ connection: Connection) async throws -> [Finding] {
        guard try await connection.hasRelation("freshet.migration") else {
            return [.failed("migrations", "This database has no schema freshet: \(Self.apply).")]
        }
        let rows = try await connection.query("select version from freshet.migration order by version")
        return [Self.migrations(applied: Set(try rows.map { try $0.decode(at: 0, as: Int.self) }))]
    }

    /// - Parameter expected: those that this version was built with.
    static func migrations(applied: Set<Int>, expected: Set<Int> = Set(Migrations.versions)) -> Finding {
        let missing = expected.subtracting(applied)
        let unknown = applied.subtracting(expected)
        if !missing.isEmpty {
            return .failed(
                "migrations",
                "\(ranges(missing)) \(missing.count == 1 ? "is" : "are") not applied: \(apply)."
            )
        }
        if !unknown.isEmpty {
            return .note(
                "migrations",
                "\(ranges(unknown)) \(unknown.count == 1 ? "comes" : "come") from a newer version than this one "
                    + "(\(Freshet.version)): update freshet."
            )
        }
        return .ok("migrations", "\(ranges(applied)) \(applied.count == 1 ? "is" : "are") applied")
    }

    /// `1 to 4, 6`.
    private static func ranges(_ numbers: Set<Int>) -> String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers.sorted() {
            if let last = ranges.last, last.upperBound == number - 1 {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map { range in
            switch range.count {
            case 1: "\(range.lowerBound)"
            case 2: "\(range.lowerBound), \(range.upperBound)"
            default: "\(range.lowerBound) to \(range.upperBound)"
            }
        }.joined(separator: ", ")
    }
}
