import ArgumentParser
import Foundation
import Freshet

/// Who is asked for sessions that no function of the database knows.
struct EndpointOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "An address of the application that says who asks: it gets the cookie or the Authorization header, and answers 200 "
                + "with JSON, {\"user_id\": …}, or 401. Default: none, the database is asked.",
            valueName: "URL"
        )
    )
    var authUrl: String?

    @Option(
        help: ArgumentHelp(
            "An OAuth server's introspection endpoint (RFC 7662), for opaque bearer tokens.",
            valueName: "URL"
        )
    )
    var introspectionUrl: String?

    @Option(
        help: ArgumentHelp(
            "The client that may introspect; its secret is in FRESHET_INTROSPECTION_SECRET.",
            valueName: "id"
        )
    )
    var introspectionClient: String?

    /// - Returns: nil where nobody else is asked.
    func verification(_ environment: Environment) throws -> TokenVerification? {
        let application = try environment.value(authUrl, "auth-url")
        let server = try environment.value(introspectionUrl, "introspection-url")
        let client = try environment.value(introspectionClient, "introspection-client")
        let secret = try environment.value(nil as String?, "introspection-secret")
        switch (application, server) {
        case (_?, _?): throw ValidationError("--auth-url and --introspection-url are both given: leave one out.")
        case (let url?, nil): return .asking(ApplicationEndpoint(url: try Self.checked(url, "auth-url")))
        case (nil, let url?):
            guard let client, let secret else {
                throw ValidationError(
                    "--introspection-url needs --introspection-client and FRESHET_INTROSPECTION_SECRET: the server tells nobody "
                        + "else."
                )
            }
            return .asking(
                IntrospectionEndpoint(
                    url: try Self.checked(url, "introspection-url"),
                    client: client,
                    secret: secret
                )
            )
        case (nil, nil):
            guard client == nil, secret == nil else {
                throw ValidationError("An introspection client or secret is given, and no --introspection-url.")
            }
            return nil
        }
    }

    private static func checked(_ text: String, _ option: String) throws -> String {
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host() != nil else {
            throw ValidationError("--\(option) '\(text)' is no address: write http://host/path or https://host/path.")
        }
        // An application is often behind the same proxy, in a network of its own; an OAuth server is not.
        guard option == "auth-url" || OutwardHTTP.isPrivate(url) else {
            throw ValidationError(
                "--\(option) '\(text)' must be https, but on this machine (RFC 7662, section 4): it is sent tokens, and a secret."
            )
        }
        return text
    }
}
