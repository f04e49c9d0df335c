/// A point in the stream, before which everything has been delivered (CONTRACT.md §1, §2).
///
/// It is a horizon and never a highest id: PostgreSQL commits out of the order of its transaction ids. A position says
/// that every transaction below its horizon has ended and, if it committed, been told; resuming replays whatever is
/// known from the horizon on. Its timeline names the history in which that is true: after a failover or a restore the
/// ids begin to mean other transactions, and an old position is answered with `reset`.
public struct Position: Sendable, Hashable {
    package var timeline: Timeline
    package var horizon: UInt64

    package init(timeline: Timeline, horizon: UInt64) {
        self.timeline = timeline
        self.horizon = horizon
    }

    /// Reads what ``text`` wrote; nil for anything else.
    public init?(text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 2, let timeline = Timeline(String(decoding: parts[0], as: UTF8.self)),
            let horizon = UInt64(digits: parts[1])
        else { return nil }
        self.init(timeline: timeline, horizon: horizon)
    }

    /// The opaque text that clients keep, `k3f9a2c81-81231`.
    public var text: String { "\(timeline.name)-\(horizon)" }
}

extension Position: CustomStringConvertible {
    /// The same as ``text``: a log shows what clients keep.
    public var description: String { text }
}

/// Names one history of one database, as kept in `freshet.timeline`.
package struct Timeline: Sendable, Hashable {
    package let name: String

    /// - Parameter name: one to sixty-four ASCII letters and digits.
    package init?(_ name: String) {
        guard (1...64).contains(name.utf8.count),
            name.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) })
        else { return nil }
        self.name = name
    }
}

extension UInt64 {
    /// Reads digits alone: no sign, no space, nothing past 64 bits.
    package init?(digits: some Collection<UInt8>) {
        guard (1...20).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = UInt64(String(decoding: digits, as: UTF8.self))
        else { return nil }
        self = value
    }
}
