/// Which invalidations of a batch one stream hears: mostly one, and mostly among the first 64, which costs no memory of its
/// own.
struct Hearing: Hashable {
    /// Bit *i* is set where it hears the invalidation *i*.
    private var first: UInt64 = 0
    private var others: [Int] = []

    var isEmpty: Bool { first == 0 && others.isEmpty }

    /// The only one, where it is one.
    var only: Int? {
        if others.isEmpty { return first.nonzeroBitCount == 1 ? first.trailingZeroBitCount : nil }
        return first == 0 && others.count == 1 ? others[0] : nil
    }

    /// - Parameter index: higher than all before.
    mutating func add(_ index: Int) {
        if index < UInt64.bitWidth { first |= 1 << index } else { others.append(index) }
    }

    func forEach(_ body: (Int) -> Void) {
        var rest = first
        while rest != 0 {
            body(rest.trailingZeroBitCount)
            rest &= rest - 1
        }
        for index in others { body(index) }
    }
}
