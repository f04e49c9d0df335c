/// What `--token-format` may be.
package enum TokenFormatName: String, Sendable, CaseIterable {
    case plain
    case hmacSHA256 = "hmac-sha256"
    case railsSigned = "rails-signed"
    case plugSigned = "plug-signed"
    case adonisSigned = "adonis-signed"
    case laravel
    case django
    case jwt

    /// What the presets of `migrations/sessions` count on, by their names: without it, whoever knows a session's id, or
    /// guesses it, would be let in.
    package static let ofPresets: [String: TokenFormatName] = [
        "adonis": .adonisSigned, "better-auth": .hmacSHA256, "django": .django, "express": .hmacSHA256,
        "laravel": .laravel,
        "phoenix": .plugSigned, "rails": .railsSigned, "supabase": .jwt,
    ]

    /// Whether it verifies by secrets that have to be given.
    package var needsSecret: Bool { self != .plain && self != .jwt }

    /// The salt of the key where the framework's default holds; nil where there is none that could be guessed.
    package var salt: String? { self == .railsSigned ? "signed cookie" : nil }

    package var needsSalt: Bool { self == .plugSigned }

    /// - Returns: nil where a secret is none of this format's.
    package func format(secrets: [TokenSecret], salt: String) -> (any TokenFormat)? {
        switch self {
        case .plain, .jwt: nil
        case .hmacSHA256: HMACSignedToken(secrets: secrets)
        case .railsSigned: RailsSignedToken(secrets: secrets, salt: salt)
        case .plugSigned: PlugSignedToken(secrets: secrets, salt: salt)
        case .adonisSigned: AdonisSignedToken(secrets: secrets)
        case .laravel: LaravelToken(secrets: secrets)
        case .django: DjangoSessions(secrets: secrets)
        }
    }
}
