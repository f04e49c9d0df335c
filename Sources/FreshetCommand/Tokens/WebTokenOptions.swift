import ArgumentParser
import Foundation
import Freshet

/// How JSON Web Tokens are verified, with `--token-format jwt`.
struct WebTokenOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The public keys of JSON Web Tokens (JWKS): a file, or an address that is asked again every five minutes and for "
                + "a key that is not known. Without it a secret verifies HS256.",
            valueName: "file or URL"
        )
    )
    var jwks: String?

    @Option(help: ArgumentHelp("Who must have issued a JSON Web Token (iss). Default: anybody.", valueName: "text"))
    var jwtIssuer: String?

    @Option(help: ArgumentHelp("Whom a JSON Web Token must be for (aud). Default: anybody.", valueName: "text"))
    var jwtAudience: String?

    @Option(help: ArgumentHelp("The claim that names the user. Default: sub.", valueName: "name"))
    var jwtUserClaim: String?

    @Option(
        help: ArgumentHelp(
            "The claim that names the session, which is looked up. Default: session_id, else sid.",
            valueName: "name"
        )
    )
    var jwtSessionClaim: String?

    /// The reader of tokens that these secrets, or the set of keys, have signed.
    func tokens(_ secrets: [String], _ environment: Environment) throws -> TokenVerification {
        let rules = WebTokenClaimRules(
            issuer: try environment.value(jwtIssuer, "jwt-issuer"),
            audience: try environment.value(jwtAudience, "jwt-audience"),
            userClaim: try environment.value(jwtUserClaim, "jwt-user-claim"),
            sessionClaim: try environment.value(jwtSessionClaim, "jwt-session-claim")
        )
        switch (try environment.value(jwks, "jwks"), secrets.isEmpty) {
        case (let place?, true): return .webTokens(.set(try KeySetSource(place).read), rules)
        case (nil, false):
            guard let keys = WebTokenKeys.secrets(secrets) else {
                throw ValidationError(
                    "A token secret is too short: HS256 needs one of at least 32 bytes (RFC 7518, section 3.2)."
                )
            }
            return .webTokens(keys, rules)
        case (_?, false):
            throw ValidationError(
                "--jwks and a token secret are both given: with public keys no secret is used. Leave one out."
            )
        case (nil, true):
            throw ValidationError(
                "--token-format jwt needs --jwks for public keys, or for HS256 the secret: --token-secret-file, or "
                    + "FRESHET_TOKEN_SECRET."
            )
        }
    }

    /// Whoever names keys wants tokens to be verified by them.
    func refuseUse(with format: TokenFormat, _ environment: Environment) throws {
        let given = [
            ("jwks", jwks), ("jwt-issuer", jwtIssuer), ("jwt-audience", jwtAudience), ("jwt-user-claim", jwtUserClaim),
            ("jwt-session-claim", jwtSessionClaim),
        ]
        for (name, flag) in given where try environment.value(flag, name) != nil {
            throw ValidationError("--\(name) is for --token-format jwt, and the format is \(format.name).")
        }
    }
}
