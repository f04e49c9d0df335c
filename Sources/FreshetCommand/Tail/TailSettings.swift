import ArgumentParser
import FreshetClient
import NIOSSL

/// What `freshet tail` was told, checked and complete.
struct TailSettings: Sendable {
    let url: StreamURL

    /// Who vouches for the service; nil for those that the system trusts.
    let trustedCertificates: [NIOSSLCertificate]?

    /// Nil without a token.
    let credential: FreshetClient.Credential?
    let tags: [String]
    let lastEventID: String
    let printsJSON: Bool

    init(_ options: TailOptions, _ environment: Environment) throws {
        url = try environment.value(options.url, "url") ?? "http://127.0.0.1:8080/api/invalidator"
        trustedCertificates = try environment.value(options.caFile, "ca-file").map { file in
            guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
                throw ValidationError("--ca-file '\(file)' holds no certificate in PEM, or cannot be read.")
            }
            return certificates
        }
        credential = try environment.value(options.token, "token").map { token in
            guard FreshetClient.Credential.isFieldValue(token) else {
                throw ValidationError("--token has blanks, line breaks or letters that no token has.")
            }
            return .bearer(token)
        }
        tags = environment.values(options.tags, "tags")
        lastEventID = try environment.value(options.lastEventId, "last-event-id") ?? ""
        guard FreshetClient.Credential.isFieldValue(lastEventID) || lastEventID.isEmpty else {
            throw ValidationError("--last-event-id is no position: it has blanks or letters that no position has.")
        }
        printsJSON = try environment.isOn(options.json, "json")
    }
}
