import ArgumentParser
import Invalidation

/// Why a service does not stream to us, and that it is of no use to ask again.
struct StreamRefusal: Error, CustomStringConvertible {
    let description: String
    let exitCode: ExitCode

    /// - Parameters:
    ///   - detail: what the service says about it itself.
    ///   - hasToken: whether a token was sent.
    init(status: UInt, detail: String?, hasToken: Bool, url: String) {
        switch status {
        case 401 where hasToken:
            description = "The service does not know this token, or its session has ended or was revoked (401)."
            exitCode = Self.noPermission
        case 401:
            description = "The service wants a credential (401): give a session's token as FRESHET_TOKEN or --token."
            exitCode = Self.noPermission
        case 403:
            description = "The service refuses this client (403): \(detail ?? "it gives no reason.")"
            exitCode = Self.noPermission
        case 429:
            description = "This user has too many open streams (429): close one, or raise --max-streams-per-user there."
            exitCode = Self.temporaryFailure
        case 404:
            description = "There is no stream at \(url) (404): give the service's address with its base path as --url."
            exitCode = .failure
        case 200..<300:
            description = "What answers at \(url) is no event stream: is --url the address of a Freshet service?"
            exitCode = .failure
        default:
            description = "The service refuses the request (\(status)): \(detail ?? "it gives no reason.")"
            exitCode = .failure
        }
    }

    /// As `sysexits.h` counts: EX_NOPERM and EX_TEMPFAIL.
    private static let noPermission = ExitCode(77)
    private static let temporaryFailure = ExitCode(75)

    /// The member `detail` of a problem (RFC 9457).
    static func detail(problem json: String) -> String? {
        var detail: String?
        var scanner = JSONScanner(json)
        do throws(JSONScanner.Failure) {
            try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
                if case "detail" = name, scanner.isAtString {
                    detail = try scanner.string()
                } else {
                    try scanner.skipValue()
                }
            }
        } catch {
            return nil
        }
        return detail
    }
}
