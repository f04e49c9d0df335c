import Invalidation
import SessionAuth
import TokenFormats

/// How a ``FreshetServer`` reads a session's token before it is looked up (CONTRACT.md §6): what does not verify is looked up
/// nowhere, and no format falls back to another.
public struct TokenVerification: Sendable {
    let reader: TokenReader

    /// Nil where tokens go on to somebody else.
    let format: TokenFormatName?

    /// `freshet.authenticate` is given the token as it came.
    public static let plain = TokenVerification(reader: .plain, format: .plain)

    /// A format of a framework that signs or encrypts its cookies.
    ///
    /// - Parameters:
    ///   - format: how the framework makes them.
    ///   - secrets: the framework's keys as they stand in its configuration, the newest first; all of them verify.
    ///   - salt: what the framework derives its key with; nil for the format's own.
    /// - Throws: where secrets or the salt are missing, are not the format's, or are given and of no use.
    public static func signed(
        _ format: TokenFormat,
        secrets: [String],
        salt: String? = nil
    ) throws(TokenSettingProblem) -> TokenVerification {
        let name = format.format
        guard name != .jwt else { throw .formatNeedsKeys }
        guard name.needsSecret else {
            guard secrets.isEmpty else { throw .secretIsOfNoUse }
            return .plain
        }
        guard !secrets.isEmpty else { throw .secretIsMissing }
        guard let salt = salt ?? name.salt ?? (name.needsSalt ? nil : "") else { throw .saltIsMissing }
        guard let reader = name.format(secrets: secrets.map { TokenSecret($0) }, salt: salt) else {
            throw .secretIsUnusable
        }
        return TokenVerification(reader: .format(reader), format: name)
    }

    /// JSON Web Tokens: the algorithm is pinned, and the session that a token names is looked up, so that a logout counts.
    public static func webTokens(_ keys: WebTokenKeys, _ rules: WebTokenClaimRules = .init()) -> TokenVerification {
        TokenVerification(reader: .web(WebTokens(rules: rules.rules, keys: keys.keys)), format: .jwt)
    }

    /// Credentials go on as they came to somebody who knows, and are not looked up.
    public static func asking(_ endpoint: some SessionEndpoint) -> TokenVerification {
        TokenVerification(reader: .forward(EndpointAdapter(endpoint: endpoint)), format: nil)
    }
}

/// Why a token cannot be verified as was asked for.
public enum TokenSettingProblem: Error, Sendable, Hashable {
    /// The format verifies by a secret, and none is given.
    case secretIsMissing

    /// A secret is given, and the format uses none.
    case secretIsOfNoUse

    /// A secret is no key of this format: each must be the framework's, as it stands in its configuration.
    case secretIsUnusable

    /// The format needs the salt that the framework derives its key with.
    case saltIsMissing

    /// The format verifies by keys: ``TokenVerification/webTokens(_:_:)``.
    case formatNeedsKeys
}

/// A way to write a session's token, by the name that `--token-format` has for it.
public struct TokenFormat: Sendable, Hashable {
    let format: TokenFormatName

    /// - Returns: nil where there is none of this name.
    public init?(_ name: String) {
        guard let format = TokenFormatName(rawValue: name) else { return nil }
        self.format = format
    }

    private init(_ format: TokenFormatName) { self.format = format }

    /// As `--token-format` takes it.
    public var name: String { format.rawValue }

    /// Whether it verifies by the keys of JSON Web Tokens.
    public var isWebToken: Bool { format == .jwt }

    /// As it came.
    public static let plain = TokenFormat(.plain)

    /// All there are, in the order of CONTRACT.md §7.
    public static let all = TokenFormatName.allCases.map { TokenFormat($0) }
}
