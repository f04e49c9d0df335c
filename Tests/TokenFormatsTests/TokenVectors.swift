import Testing

@testable import TokenFormats

/// Cookies that other implementations have made (`Vectors/make.py`).
struct TokenVector: Decodable, Sendable, CustomTestStringConvertible {
    let format: String
    let secret: String
    let salt: String
    let cookie: String
    let token: String

    /// What it stands for; nil where it must be refused.
    let key: String?

    var testDescription: String { "\(format) \(token.prefix(24))…" }

    private struct File: Decodable {
        let valid: [TokenVector]
        let refused: [TokenVector]
    }

    private static let file: File = Vectors.read("tokens")

    static let valid = file.valid
    static let refused = file.refused

    /// The claim of a token, by a format with these secrets.
    func claim(
        of token: String? = nil,
        in cookie: String?? = nil,
        secrets: [String]? = nil,
        now: Double = 1_800_000_000
    ) -> SessionClaim? {
        let secrets = (secrets ?? [secret]).map { TokenSecret($0) }
        let reader = TokenFormatName(rawValue: format)?.format(secrets: secrets, salt: salt)
        return reader?.claim(of: PresentedToken(token ?? self.token, cookie: cookie ?? self.cookie), now: now)
    }
}
