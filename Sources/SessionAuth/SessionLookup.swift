import LibPQ
import TokenFormats

/// Asks for many credentials in one round trip.
protocol SessionLookup: Sendable {
    /// - Parameter checking: the places of those that are asked for again because of streams that are open.
    /// - Returns: one result a claim, in their order.
    /// - Throws: where the database could not be asked at all.
    func results(for claims: [SessionClaim], checking: Set<Int>) async throws -> [LookupResult]

    /// What users hear beside what their sessions say (`freshet.scopes_of`), one list a user, in their order; nil where
    /// that failed, or was not told in time.
    func scopes(of users: [String]) async throws -> [[String]?]

    /// Why nothing can be asked any more, if that is known.
    var loss: PostgresError? { get async }
}
