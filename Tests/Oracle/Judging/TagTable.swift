/// A number for each tag that a transaction made stale, and for each that covers one: tags are compared so often that
/// their texts would be most of the work.
struct TagTable: Sendable {
    private var numbers: [String: Int] = [:]
    private(set) var texts: [String] = []
    /// Of each tag, the numbers of itself and of all that cover it.
    private(set) var covering: [[Int]] = []

    /// Nil for a tag that nothing made stale.
    func number(of tag: String) -> Int? { numbers[tag] }

    mutating func add(_ tag: String) -> Int {
        if let number = numbers[tag] { return number }
        var covering: [Int] = []
        for prefix in TagText.prefixes(of: tag).dropLast() { covering.append(add(prefix)) }
        let number = texts.count
        numbers[tag] = number
        texts.append(tag)
        self.covering.append(covering + [number])
        return number
    }
}
