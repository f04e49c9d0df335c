import JWTKit

/// The claims of a token, whatever their names.
struct WebTokenClaims: JWTPayload {
    /// How far the clocks of two machines may be apart, in seconds.
    private static let leeway = 30.0

    private enum Value: Codable, Sendable {
        case text(String)
        case number(Double)
        case texts([String])
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let texts = try? container.decode([String].self) {
                self = .texts(texts)
            } else {
                self = .other
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            case .texts(let texts): try container.encode(texts)
            case .other: try container.encodeNil()
            }
        }
    }

    private let values: [String: Value]

    init(from decoder: any Decoder) throws { values = try decoder.singleValueContainer().decode([String: Value].self) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }

    /// What depends on the configuration is checked by ``claim(_:now:)``.
    func verify(using algorithm: some JWTAlgorithm) throws {}

    private func text(_ name: String) -> String? {
        switch values[name] {
        case .text(let text) where !text.isEmpty: text
        // Some issuers number their users.
        case .number(let number) where number == number.rounded() && abs(number) < 9e15: String(Int64(number))
        default: nil
        }
    }

    private func number(_ name: String) -> Double? {
        if case .number(let number)? = values[name] { number } else { nil }
    }

    /// - Returns: nil where a rule does not hold.
    func claim(_ rules: WebTokenRules, now: Double) -> SessionClaim? {
        // A token without an end would outlive whatever was to end it.
        guard let end = number("exp"), end > now,
            values["nbf"] == nil || number("nbf").map({ $0 <= now + Self.leeway }) == true
        else { return nil }
        if let issuer = rules.issuer, text("iss") != issuer { return nil }
        if let audience = rules.audience {
            switch values["aud"] {
            case .text(audience): break
            case .texts(let all) where all.contains(audience): break
            default: return nil
            }
        }
        guard let user = text(rules.userClaim),
            let session = rules.sessionClaims.lazy.compactMap({ self.text($0) }).first
        else { return nil }
        return SessionClaim(key: session, user: user, notAfter: end)
    }
}
