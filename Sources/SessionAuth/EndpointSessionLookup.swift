import Crypto
import Foundation
import Invalidation
import LibPQ
import Synchronization
import TokenFormats

/// Asks an endpoint for sessions, and the database for API keys and for the scopes of users.
///
/// An answer that says who somebody is stands for some seconds, so that a storm of reconnects is no storm there. A check of
/// an open stream is always asked anew: it may be because of a logout.
final class EndpointSessionLookup<Inner: SessionLookup>: SessionLookup {
    /// How many questions are asked at once.
    private static var width: Int { 32 }
    private static var lifetime: Double { 5 }
    private static var limit: Int { 50_000 }

    private struct Kept {
        let session: Session
        let until: Double

        /// How many signals had been heard when it was asked for.
        let signals: Int
    }

    private let inner: Inner
    private let endpoint: any SessionEndpoint
    private let kept = Mutex<[SHA256.Digest: Kept]>([:])

    /// How many times somebody has said that sessions have changed: what was asked before stands no more.
    private let signals: @Sendable () -> Int

    /// An endpoint that did not answer is left alone until then.
    private let rest = Mutex<ContinuousClock.Instant?>(nil)

    init(inner: Inner, endpoint: any SessionEndpoint, signals: @escaping @Sendable () -> Int) {
        self.inner = inner
        self.endpoint = endpoint
        self.signals = signals
    }

    var loss: PostgresError? {
        get async { await inner.loss }
    }

    func scopes(of users: [String]) async throws -> [[String]?] { try await inner.scopes(of: users) }

    func results(for claims: [SessionClaim], checking: Set<Int>) async throws -> [LookupResult] {
        var results = [LookupResult](repeating: .none, count: claims.count)
        let places = claims.indices.filter { claims[$0].isAPIKey }
        if !places.isEmpty {
            for (place, result) in zip(places, try await inner.results(for: places.map { claims[$0] }, checking: [])) {
                results[place] = result
            }
        }
        let asked = claims.indices.filter { !claims[$0].isAPIKey }
        guard !asked.isEmpty else { return results }
        if let rest = rest.withLock({ $0 }) { try await Task.sleep(until: rest, clock: .continuous) }
        let answers = await ask(asked, of: claims, checking: checking)
        for (place, result) in answers { results[place] = result }
        let isAway = answers.allSatisfy { $0.1 == .unanswered }
        rest.withLock { $0 = isAway ? .now + .seconds(1) : nil }
        try await addScopes(to: &results, asked)
        return results
    }

    private func ask(_ places: [Int], of claims: [SessionClaim], checking: Set<Int>) async -> [(Int, LookupResult)] {
        await withTaskGroup(of: (Int, LookupResult).self) { group in
            var results: [(Int, LookupResult)] = []
            var rest = places.makeIterator()
            func askNext() {
                guard let place = rest.next() else { return }
                group.addTask { (place, await self.result(of: claims[place], isCheck: checking.contains(place))) }
            }
            for _ in 0..<Self.width { askNext() }
            while let result = await group.next() {
                results.append(result)
                askNext()
            }
            return results
        }
    }

    private func result(of claim: SessionClaim, isCheck: Bool) async -> LookupResult {
        let digest = SHA256.hash(data: Array(claim.key.utf8))
        let now = Uptime.now
        let heard = signals()
        if !isCheck, let kept = kept.withLock({ $0[digest] }), kept.until > now, kept.signals == heard {
            return .session(kept.session)
        }
        guard let question = EndpointQuestion(claim) else { return .none }
        switch await endpoint.answer(to: question) {
        case .unanswered: return .unanswered
        case .failed(let reason):
            kept.withLock { $0[digest] = nil }
            return .failed(reason)
        case .none:
            kept.withLock { $0[digest] = nil }
            return .none
        case .session(let session, let expiresAt):
            let end = expiresAt.map { Uptime.now + $0 - Date().timeIntervalSince1970 }
            let session = end.map { session.ending(by: $0) } ?? session
            kept.withLock { kept in
                if kept.count >= Self.limit { kept = kept.filter { $0.value.until > now } }
                if kept.count < Self.limit {
                    kept[digest] = Kept(session: session, until: now + Self.lifetime, signals: heard)
                }
            }
            return .session(session)
        }
    }

    private func addScopes(to results: inout [LookupResult], _ places: [Int]) async throws {
        var users: [String] = []
        var owners: [Int] = []
        for place in places {
            guard case .session(let session) = results[place] else { continue }
            users.append(session.userID)
            owners.append(place)
        }
        guard !users.isEmpty else { return }
        for (place, scopes) in zip(owners, try await inner.scopes(of: users)) {
            guard case .session(let session) = results[place] else { continue }
            // Nobody is let in by half of what they may hear.
            results[place] =
                scopes.map { .session(session.hearing($0)) } ?? .failed("freshet.scopes_of failed for a user")
        }
    }
}

extension SessionClaim {
    /// Whether it is looked up among API keys and nowhere else.
    var isAPIKey: Bool { key.hasPrefix(TokenReader.keyPrefix) }
}

extension EndpointQuestion {
    /// The header that a claim stands for (``TokenReader/forward``).
    init?(_ claim: SessionClaim) {
        let parts = claim.key.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        cookie = parts[0].isEmpty ? nil : String(parts[0])
        text = String(parts[1])
    }

    /// The claim of a credential that goes on as it is.
    static func claim(of credential: Credential) -> SessionClaim {
        SessionClaim(key: "\(credential.cookie ?? "")\n\(credential.text)")
    }
}
