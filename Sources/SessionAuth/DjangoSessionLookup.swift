import Invalidation
import LibPQ
import TokenFormats

/// Asks twice: for a session's row, and, when its data has been read, for its user (``DjangoSessions``).
struct DjangoSessionLookup<Inner: SessionLookup>: SessionLookup {
    let inner: Inner
    let sessions: DjangoSessions

    var loss: PostgresError? {
        get async { await inner.loss }
    }

    func scopes(of users: [String]) async throws -> [[String]?] { try await inner.scopes(of: users) }

    func results(for claims: [SessionClaim], checking: Set<Int>) async throws -> [LookupResult] {
        var results = try await inner.results(for: claims, checking: checking)
        var next: [SessionClaim] = []
        var places: [Int] = []
        for (place, result) in results.enumerated() {
            guard case .session(let session) = result, session.userID.hasPrefix(DjangoSessions.marker) else { continue }
            results[place] = .none
            let data = session.userID.dropFirst(DjangoSessions.marker.count)
            for claim in sessions.claims(after: claims[place], data: data) {
                next.append(claim)
                places.append(place)
            }
        }
        guard !next.isEmpty else { return results }
        for (place, result) in zip(places, try await inner.results(for: next, checking: [])) where result != .none {
            results[place] = result
        }
        return results
    }
}
