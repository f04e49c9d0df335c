import ArgumentParser
import Foundation
import SessionAuth
import TokenFormats

extension TokenFormatName: ExpressibleByArgument {}

/// How `freshet serve` reads the tokens of sessions; the secret itself is never a flag, where other processes could see it.
struct TokenOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How a session's token is read before it is looked up: plain, or as a framework signs or encrypts it. "
                + "Default: plain.",
            valueName: "format"
        )
    )
    var tokenFormat: TokenFormatName?

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

    func format(_ environment: Environment) throws -> TokenFormatName {
        try environment.value(tokenFormat, "token-format") ?? .plain
    }

    /// - Throws: where something is missing, or is given and of no use.
    func reader(_ environment: Environment) throws -> TokenReader {
        let format = try format(environment)
        let secrets = try secrets(environment)
        let salt = try environment.value(tokenSalt, "token-salt")
        if let endpoint = try endpoint.endpoint(environment) {
            try web.refuseUse(with: format, environment)
            guard format == .plain, secrets.isEmpty else {
                throw ValidationError(
                    "--auth-url and --introspection-url pass tokens on as they come: leave --token-format and the secret out."
                )
            }
            return .forward(endpoint)
        }
        if format == .jwt { return .web(try web.tokens(secrets, environment)) }
        try web.refuseUse(with: format, environment)
        guard format.needsSecret else {
            guard secrets.isEmpty else {
                throw ValidationError(
                    "There is a token secret, and --token-format \(format.rawValue) uses none: name the format that it is for, "
                        + "or leave the secret out."
                )
            }
            return .plain
        }
        guard !secrets.isEmpty else {
            throw ValidationError(
                "--token-format \(format.rawValue) needs the secret that tokens are signed with: --token-secret-file, or "
                    + "FRESHET_TOKEN_SECRET."
            )
        }
        guard let salt = salt ?? format.salt ?? (format.needsSalt ? nil : "") else {
            throw ValidationError(
                "--token-format \(format.rawValue) needs --token-salt: the signing_salt of the endpoint's session options."
            )
        }
        guard let reader = format.format(secrets: secrets, salt: salt) else {
            throw ValidationError(
                "A token secret is none that --token-format \(format.rawValue) takes: it must be the framework's key as it stands "
                    + "in its configuration."
            )
        }
        return .format(reader)
    }

    /// One a line, the newest first.
    private func secrets(_ environment: Environment) throws -> [TokenSecret] {
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

    private static func secrets(in text: String) -> [TokenSecret] {
        text.split(whereSeparator: \.isNewline).map { TokenSecret(String($0)) }
    }
}
