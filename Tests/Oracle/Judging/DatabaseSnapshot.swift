/// What a client that fetched everything at one moment has seen: the text of `pg_current_snapshot()`.
package struct DatabaseSnapshot: Sendable, Hashable {
    package let incarnation: Incarnation
    package let xmin: UInt64
    package let xmax: UInt64
    package let running: Set<UInt64>

    /// - Parameter text: `xmin:xmax:xip,xip,…`; nil for anything else.
    package init?(_ text: String, incarnation: Incarnation) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let xmin = UInt64(parts[0]), let xmax = UInt64(parts[1]) else { return nil }
        self.incarnation = incarnation
        self.xmin = xmin
        self.xmax = xmax
        running = Set(parts[2].split(separator: ",").compactMap { UInt64($0) })
    }

    /// Whether it shows what this transaction did, if that has committed for good.
    package func sees(_ attempt: Attempt) -> Bool {
        guard attempt.incarnation == incarnation else { return attempt.incarnation < incarnation }
        return attempt.xid < xmin || (attempt.xid < xmax && !running.contains(attempt.xid))
    }
}

extension DatabaseSnapshot: CustomStringConvertible {
    package var description: String {
        "\(xmin):\(xmax):\(running.sorted().map(String.init).joined(separator: ","))"
    }
}
