/// The rows that one writer alone changes, so that it knows what they are without asking, also under a rollback.
struct Estate: Sendable {
    /// Whose each note is.
    var notes: [Int: Int] = [:]
    /// Which note each item belongs to.
    var items: [Int: Int] = [:]
    /// Whose each reading is.
    var readings: [Int: Int] = [:]

    /// Notes without items: what can be deleted without leaving an item that belongs to nobody.
    var freeNotes: [Int] {
        let taken = Set(items.values)
        return notes.keys.filter { !taken.contains($0) }.sorted()
    }
}
