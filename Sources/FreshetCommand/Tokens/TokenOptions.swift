public import ArgumentParser
import Foundation
public import Freshet

extension TokenFormat: @retroactive ExpressibleByArgument {
    /// Reads the name.
    public init?(argument: String) { self.init(argument) }

    /// What help lists.
    public static var allValueStrings: [String] { all.map(\.name) }
}

/// How `freshet serve` reads the tokens of sessions; the secret itself is never a flag, where other processes could see it.
struct TokenOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How a session's token is read before it is looked up: plain, or as a framework signs or encrypts it. "
                + "Default: plain.",
            valueName: "format"
        )
    )
    var tokenFormat: TokenFormat?

    @Option(
        help: ArgumentHelp(
            "A file with the secret that tokens are signed with; further lines are older ones that still verify. "
                + "Default: none, or FRESHET_TOKEN_SECRET holds the secret itself.",
            valueName: "file"
        )
    )
    var tokenSecretFile: String?

    @Option(
        help: ArgumentHelp(
            "The salt that the framework derives its key with. Default for rails-signed: 'signed cookie'; plug-signed needs "
                + "it, the endpoint's signing_salt.",
            valueName: "text"
        )
    )
    var tokenSalt: String?

    @OptionGroup var web: WebTokenOptions
    @OptionGroup var endpoint: EndpointOptions

    func format(_ environment: Environment) throws -> TokenFormat {
        try environment.value(tokenFormat, "token-format") ?? .plain
    }

    /// - Throws: where something is missing, or is given and of no use.
    func verification(_ environment: Environment) throws -> TokenVerification {
        let format = try format(environment)
        let secrets = try secrets(environment)
        let salt = try environment.value(tokenSalt, "token-salt")
        if let endpoint = try endpoint.verification(environment) {
            try web.refuseUse(with: format, environment)
            guard format == .plain, secrets.isEmpty else {
                throw ValidationError(
                    "--auth-url and --introspection-url pass tokens on as they come: leave --token-format and the secret out."
                )
            }
            return endpoint
        }
        if format.isWebToken { return try web.tokens(secrets, environment) }
        try web.refuseUse(with: format, environment)
        do throws(TokenSettingProblem) {
            return try .signed(format, secrets: secrets, salt: salt)
        } catch {
            throw ValidationError(Self.advice(error, format))
        }
    }

    private static func advice(_ problem: TokenSettingProblem, _ format: TokenFormat) -> String {
        switch problem {
        case .secretIsOfNoUse:
            "There is a token secret, and --token-format \(format.name) uses none: name the format that it is for, "
                + "or leave the secret out."
        case .secretIsMissing:
            "--token-format \(format.name) needs the secret that tokens are signed with: --token-secret-file, or "
                + "FRESHET_TOKEN_SECRET."
        case .saltIsMissing:
            "--token-format \(format.name) needs --token-salt: the signing_salt of the endpoint's session options."
        case .secretIsUnusable:
            "A token secret is none that --token-format \(format.name) takes: it must be the framework's key as it stands "
                + "in its configuration."
        case .formatNeedsKeys: "--token-format \(format.name) needs --jwks."
        }
    }

    /// One a line, the newest first.
    private func secrets(_ environment: Environment) throws -> [String] {
        let file = try environment.value(tokenSecretFile, "token-secret-file")
        let text = try environment.value(nil as String?, "token-secret")
        guard let file else { return Self.secrets(in: text ?? "") }
        guard text == nil else {
            throw ValidationError("Both --token-secret-file and FRESHET_TOKEN_SECRET are set: leave one out.")
        }
        let content: String
        do {
            content = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw ValidationError("--token-secret-file '\(file)' cannot be read: \(error.localizedDescription)")
        }
        let secrets = Self.secrets(in: content)
        guard !secrets.isEmpty else { throw ValidationError("--token-secret-file '\(file)' holds no secret.") }
        return secrets
    }

    private static func secrets(in text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map(String.init)
    }
}
