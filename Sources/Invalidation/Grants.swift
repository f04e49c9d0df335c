/// The scopes that a session may hear: `global`, its user's own, and its extra ones (CONTRACT.md §1).
package struct Grants: Sendable {
    /// In the order in which `welcome` tells them; no scope stands twice.
    package let scopes: [Scope]

    /// The grants of a user. An extra scope that is no scope, or is `*`, grants nothing.
    package init(user: String, extra: [String] = []) {
        self.init([.global, .user(user)] + extra.compactMap(Scope.init(text:)))
    }

    /// What a client without a credential hears where anonymous streams are allowed.
    package static let anonymous = Grants([.global])

    private init(_ all: [Scope]) {
        var seen: Set<Scope> = [.everyone]
        scopes = all.filter { seen.insert($0).inserted }
    }

    /// Whether a client with these grants may be told of a change in `scope`.
    package func hears(_ scope: Scope) -> Bool { scope == .everyone || scopes.contains(scope) }
}

/// The order of the scopes does not count: an operator's function may list the same ones in another order each time,
/// and a client must not refetch everything for that.
extension Grants: Hashable {
    package static func == (a: Grants, b: Grants) -> Bool {
        a.scopes == b.scopes || (a.scopes.count == b.scopes.count && Set(a.scopes) == Set(b.scopes))
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(Set(scopes)) }
}
