/// So many a second, and no more.
struct Allowance: Sendable {
    let perSecond: Int
    private var second: Int64 = 0
    private var taken = 0

    init(perSecond: Int) { self.perSecond = perSecond }

    /// Takes as many as there are left of this second.
    ///
    /// - Returns: how many those are, at most `wanted`.
    mutating func take(_ wanted: Int, at second: Int64) -> Int {
        if second != self.second { (self.second, taken) = (second, 0) }
        let granted = min(wanted, perSecond - taken)
        taken += granted
        return granted
    }
}
