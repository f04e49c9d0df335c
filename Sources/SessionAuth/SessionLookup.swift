import LibPQ
import TokenFormats

/// Asks for many credentials in one round trip.
protocol SessionLookup: Sendable {
    /// - Returns: one result a claim, in their order.
    /// - Throws: where the database could not be asked at all.
    func results(for claims: [SessionClaim]) async throws -> [LookupResult]

    /// Why nothing can be asked any more, if that is known.
    var loss: PostgresError? { get async }
}
