/// Judges what one stream was told against what was committed (CONTRACT.md §2): at every id, all below it has been told,
/// or everything was refetched.
struct Account {
    /// The numbers that the stream has to be told, ascending.
    private let owed: [Int]

    /// The transaction of every number, ascending.
    private let transactions: [UInt64]

    /// How many of ``owed`` are settled.
    private var settled = 0
    private var told: Set<Int> = []

    /// The first thing that was neither told nor reset.
    private(set) var gap: String?

    init(owed: [Int], transactions: [UInt64]) {
        self.owed = owed
        self.transactions = transactions
    }

    /// Whether all is settled, and nothing was missed.
    var isComplete: Bool { gap == nil && settled == owed.count }

    mutating func hear(_ word: Word) {
        told.formUnion(word.numbers)
        guard gap == nil, let horizon = word.horizon else { return }
        while settled < owed.count {
            let number = owed[settled]
            let transaction = transactions[number]
            // The newest event's position is its own transaction, which whoever comes or refetches after it sees.
            guard transaction < horizon || (word.isFresh && transaction == horizon) else { break }
            guard told.contains(number) || word.isFresh else {
                gap = "id \(word.id ?? "") came before number \(number), of transaction \(transaction)"
                return
            }
            settled += 1
        }
    }
}
