import Invalidation

import struct Invalidation.Tag

/// What an application's triggers emit, made up.
enum Sample {
    /// A text of this file that is not what it says.
    struct Malformed: Error {
        let text: String
    }

    static let payload =
        #"{"tags":[["todos"],["todo",42]],"scope":"user/42","xid":"81240","horizon":"81231","#
        + #""proof":"0123456789abcdef0123456789abcdef"}"#

    static func invalidation(_ number: Int, scope: String) throws -> Invalidation {
        Invalidation(
            tags: [try tag("todos"), try tag("todo/\(number)")],
            scope: try self.scope(scope),
            xid: UInt64(number)
        )
    }

    static func tag(_ text: String) throws -> Tag { try found(Tag(text: text), text) }

    static func scope(_ text: String) throws -> Scope { try found(Scope(text: text), text) }

    static func filter(_ tags: [String]) throws -> TagFilter { try found(TagFilter(tags.map(tag)), "\(tags)") }

    static func position(_ horizon: UInt64) throws -> Position {
        Position(timeline: try found(Timeline("k3f9a2c81"), "k3f9a2c81"), horizon: horizon)
    }

    /// A full history in which one scope has every so manyth entry, and the others are of a thousand users.
    static func history(entries: Int, every interval: Int, scope: String) throws -> History {
        var history = History(position: try position(1), floor: 1, limit: .init(entries: entries))
        let invalidations = try (1...entries).map { number in
            try invalidation(number, scope: number % interval == 0 ? scope : "user/other\(number % 1_000)")
        }
        history.append(invalidations, horizon: UInt64(entries))
        // Whoever comes back first has everything chained.
        _ = history.replay(from: try position(UInt64(entries)), before: history.end, for: .anonymous)
        return history
    }

    private static func found<Value>(_ value: Value?, _ text: String) throws -> Value {
        guard let value else { throw Malformed(text: text) }
        return value
    }
}
