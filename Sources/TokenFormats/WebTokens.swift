import JWTKit

/// Reads JSON Web Tokens: the algorithm is pinned, and the session that a token names is looked up, so that a logout counts.
package actor WebTokens {
    /// What verifies them: secrets of HS256, or public keys. Never both, so that nobody can take a public key for a secret.
    package enum Keys: Sendable {
        case secrets([TokenSecret])

        /// Asks for the set of keys, which changes.
        case set(@Sendable () async throws -> WebKeySet)
    }

    package enum Verdict: Sendable, Hashable {
        case claim(SessionClaim)
        case refused

        /// The keys could not be had for now.
        case unavailable
    }

    /// How long a set is taken for good.
    private static let lifetime = Duration.seconds(300)

    private struct Loaded: Sendable {
        let set: WebKeySet
        let keys: JWTKeyCollection
    }

    private let rules: WebTokenRules
    private let keys: Keys

    /// How soon a set is asked for again because of a key that is not in it: whoever makes names up must not make us ask for
    /// each. Until then nobody can tell a made-up name from a key that is new.
    private let patience: Duration
    private var secrets: [JWTKeyCollection] = []
    private var loaded: Loaded?
    private var asked: ContinuousClock.Instant?
    private var loading: Task<Bool, Never>?

    package init(rules: WebTokenRules, keys: Keys, patience: Duration = .seconds(10)) {
        self.rules = rules
        self.keys = keys
        self.patience = patience
    }

    /// - Parameter now: seconds since 1970.
    package func verdict(on token: PresentedToken, now: Double) async -> Verdict {
        guard let header = WebTokenHeader(of: token.text) else { return .refused }
        switch keys {
        case .secrets(let secrets): return await verdict(on: token.text, header, by: secrets, now: now)
        case .set(let source): return await verdict(on: token.text, header, from: source, now: now)
        }
    }

    private func verdict(
        on token: String,
        _ header: WebTokenHeader,
        by list: [TokenSecret],
        now: Double
    ) async -> Verdict {
        guard header.alg == "HS256" else { return .refused }
        if secrets.isEmpty {
            var made: [JWTKeyCollection] = []
            // A shorter one would be no key to the library.
            for secret in list where secret.isWebTokenSecret {
                made.append(await JWTKeyCollection().add(hmac: HMACKey(from: secret.bytes), digestAlgorithm: .sha256))
            }
            secrets = made
        }
        for keys in secrets {
            if let claims = try? await keys.verify(token, as: WebTokenClaims.self) {
                return claims.claim(rules, now: now).map { .claim($0) } ?? .refused
            }
        }
        return .refused
    }

    private func verdict(
        on token: String,
        _ header: WebTokenHeader,
        from source: @escaping @Sendable () async throws -> WebKeySet,
        now: Double
    ) async -> Verdict {
        // Of what is signed by no public key there is nothing to ask.
        guard let kid = header.kid, let algorithm = JWK.Algorithm(rawValue: header.alg) else { return .refused }
        let age = asked.map { ContinuousClock.now - $0 }
        if loaded?.set.knows(kid) == true {
            // In the background: what is known is good.
            if let age, age >= Self.lifetime { _ = load(from: source) }
        } else {
            guard loading != nil || age.map({ $0 >= patience }) ?? true, await load(from: source).value else {
                return .unavailable
            }
        }
        guard let loaded else { return .unavailable }
        guard loaded.set.allows(algorithm, by: kid),
            let claims = try? await loaded.keys.verify(token, as: WebTokenClaims.self),
            let claim = claims.claim(rules, now: now)
        else { return .refused }
        return .claim(claim)
    }

    /// Asks for the set; one that cannot be had for now leaves the one before it.
    private func load(from source: @escaping @Sendable () async throws -> WebKeySet) -> Task<Bool, Never> {
        if let loading { return loading }
        asked = .now
        let task = Task {
            defer { loading = nil }
            guard let set = try? await source() else { return false }
            loaded = Loaded(set: set, keys: await set.collection())
            return true
        }
        loading = task
        return task
    }
}
