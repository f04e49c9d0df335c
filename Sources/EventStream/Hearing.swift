/// Which invalidations of a batch one stream hears: mostly one, which costs no memory of its own.
struct Hearing: Hashable {
    private var first: Int?
    private var others: [Int] = []

    var isEmpty: Bool { first == nil }

    /// The only one, where it is one.
    var only: Int? { others.isEmpty ? first : nil }

    mutating func add(_ index: Int) {
        if first == nil { first = index } else { others.append(index) }
    }

    func forEach(_ body: (Int) -> Void) {
        if let first { body(first) }
        for index in others { body(index) }
    }
}
