import ArgumentParser
import FreshetClient

/// What `freshet tail` says of a refusal, and ends with: a client in any program can only say what is wrong, this one knows
/// by which flag to mend it.
struct TailRefusal: Error, CustomStringConvertible {
    let description: String
    let exitCode: ExitCode

    /// - Parameter hasToken: whether a token was sent.
    init(_ refusal: FreshetClient.Refusal, hasToken: Bool) {
        let url = refusal.url
        description =
            switch refusal.status {
            case 200..<300: "What answers at \(url) is no event stream: is --url the address of a Freshet service?"
            case 401 where hasToken:
                "The service does not know this token, or its session has ended or was revoked (401)."
            case 401: "The service wants a credential (401): give a session's token as FRESHET_TOKEN or --token."
            case 404: "There is no stream at \(url) (404): give the service's address with its base path as --url."
            default: refusal.description
            }
        exitCode =
            switch refusal.status {
            case 401, 403: Self.noPermission
            case 429: Self.temporaryFailure
            default: .failure
            }
    }

    /// As `sysexits.h` counts: EX_NOPERM and EX_TEMPFAIL.
    private static let noPermission = ExitCode(77)
    private static let temporaryFailure = ExitCode(75)
}
