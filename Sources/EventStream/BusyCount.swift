/// How often each of many keys occurred in the last minute, with a bound on how many it knows.
///
/// A part of the minute that meets more keys than ``keys`` twice over forgets the rarest half of them, so a key that is
/// among the busiest stays, and one that came once may be gone.
struct BusyCount<Key: Hashable & Sendable>: Sendable {
    private struct Part: Sendable {
        let number: Int64
        var counts: [Key: Int] = [:]
    }

    /// How many keys of each part are sure to be known.
    static var keys: Int { 1_000 }

    private static var parts: Int64 { 6 }
    private static var secondsOfPart: Int64 { 10 }

    private var parts: [Part] = []

    /// - Parameter second: the time, on a clock that only moves forward.
    mutating func note(_ key: Key, at second: Int64) {
        let number = second / Self.secondsOfPart
        if parts.last?.number != number {
            parts.removeAll { $0.number <= number - Self.parts }
            parts.append(Part(number: number))
        }
        let last = parts.count - 1
        parts[last].counts[key, default: 0] += 1
        guard parts[last].counts.count > 2 * Self.keys else { return }
        let busiest = parts[last].counts.sorted { $0.value > $1.value }.prefix(Self.keys)
        parts[last].counts = Dictionary(uniqueKeysWithValues: busiest.map { ($0.key, $0.value) })
    }

    /// The busiest first.
    func busiest(_ most: Int, at second: Int64) -> [(key: Key, count: Int)] {
        let oldest = second / Self.secondsOfPart - Self.parts
        var sums: [Key: Int] = [:]
        for part in parts where part.number > oldest { sums.merge(part.counts, uniquingKeysWith: +) }
        return sums.sorted { $0.value > $1.value }.prefix(most).map { ($0.key, $0.value) }
    }
}
