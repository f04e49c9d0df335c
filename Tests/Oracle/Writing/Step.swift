import LibPQ

/// One statement of a transaction, and what Freshet has to tell of it.
struct Step: Sendable {
    let sql: String
    var parameters: [Parameter] = []
    /// For each scope the tags that go stale.
    var told: [String: Set<String>] = [:]
    let summary: String

    mutating func tell(_ scope: String, _ tags: String...) { told[scope, default: []].formUnion(tags) }
}
