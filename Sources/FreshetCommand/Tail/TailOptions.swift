import ArgumentParser
import NIOSSL

/// The flags of `freshet tail`.
struct TailOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The service, with its base path. Default: http://127.0.0.1:8080/api/invalidator.",
            valueName: "url"
        )
    )
    var url: StreamURL?

    @Option(
        help: ArgumentHelp(
            "Certificates in PEM that a service at https:// may be vouched for by. Default: the system's.",
            valueName: "file"
        )
    )
    var caFile: String?

    @Option(help: "The session's token; rather give it as FRESHET_TOKEN. Default: none, which hears global if it may.")
    var token: String?

    @Option(
        help: ArgumentHelp(
            "Only events whose tags cover, or are covered by, one of these: todos,todo/42; repeatable.",
            valueName: "tags"
        )
    )
    var tags: [String] = []

    @Option(help: ArgumentHelp("Begin after this position instead of now.", valueName: "position"))
    var lastEventId: String?

    @Flag(help: "Print each event as one JSON object a line.")
    var json = false
}

/// What `freshet tail` was told, checked and complete.
struct TailSettings: Sendable {
    let url: StreamURL

    /// Who vouches for the service; nil for those that the system trusts.
    let trustedCertificates: [NIOSSLCertificate]?
    let token: BearerToken?
    let tags: [String]
    let lastEventID: String
    let printsJSON: Bool

    init(_ options: TailOptions, _ environment: Environment) throws {
        guard let standard = StreamURL(argument: "http://127.0.0.1:8080/api/invalidator") else {
            preconditionFailure("The default is a URL.")
        }
        url = try environment.value(options.url, "url") ?? standard
        trustedCertificates = try environment.value(options.caFile, "ca-file").map { file in
            guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
                throw ValidationError("--ca-file '\(file)' holds no certificate in PEM, or cannot be read.")
            }
            return certificates
        }
        token = try environment.value(options.token, "token").map { text in
            guard let token = BearerToken(text) else {
                throw ValidationError("--token has blanks, line breaks or letters that no token has.")
            }
            return token
        }
        tags = environment.values(options.tags, "tags")
        lastEventID = try environment.value(options.lastEventId, "last-event-id") ?? ""
        guard BearerToken.isFieldValue(lastEventID) || lastEventID.isEmpty else {
            throw ValidationError("--last-event-id is no position: it has blanks or letters that no position has.")
        }
        printsJSON = try environment.isOn(options.json, "json")
    }
}
