/// A transaction as far as it has come: what its writer would own, and what would be told, if it committed now.
struct Draft: Sendable {
    var estate: Estate
    var told: [String: Set<String>] = [:]
    var steps: [String] = []
    private var savepoints: [(estate: Estate, told: [String: Set<String>])] = []

    init(_ estate: Estate) { self.estate = estate }

    var depth: Int { savepoints.count }

    mutating func did(_ step: Step, _ after: Estate) {
        estate = after
        told.merge(step.told) { $0.union($1) }
        steps.append(step.summary)
    }

    mutating func save() {
        savepoints.append((estate, told))
        steps.append("savepoint")
    }

    mutating func release() {
        _ = savepoints.popLast()
        steps.append("release")
    }

    /// What was done since the savepoint has never been.
    mutating func rollBack() {
        if let last = savepoints.popLast() { (estate, told) = last }
        steps.append("rollback to savepoint")
    }
}
