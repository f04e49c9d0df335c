package import HTTPTypes
import Invalidation

/// Why a request is refused: one `application/problem+json` (RFC 9457). The status of every refusal is chosen here.
package struct Problem: Error, Sendable {
    let status: HTTPResponse.Status
    let detail: String
    var fields = HTTPFields()

    package init(_ status: HTTPResponse.Status, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    /// The body, and with it the field that names its type.
    var body: [UInt8] {
        var json: [UInt8] = []
        json.append(contentsOf: #"{"type":"about:blank","title":"#.utf8)
        JSONWriter.append(status.reasonPhrase, to: &json)
        json.append(contentsOf: #","status":\#(status.code),"detail":"#.utf8)
        JSONWriter.append(detail, to: &json)
        json.append(UInt8(ascii: "}"))
        return json
    }

    var allFields: HTTPFields {
        var all = fields
        all[.contentType] = "application/problem+json"
        all[.cacheControl] = "no-store"
        all[.xContentTypeOptions] = "nosniff"
        return all
    }

    // MARK: The refusals that several routes share

    static var unauthorized: Problem {
        var problem = Problem(.unauthorized, "There is no valid session: send a bearer token or the session cookie.")
        problem.fields[.wwwAuthenticate] = "Bearer"
        return problem
    }

    static let forbidden = Problem(.forbidden, "Only an administrator's session may do this.")

    static var tooSlow: Problem {
        var problem = Problem(.requestTimeout, "The body of the request did not come in time.")
        // What is left of it would be taken for the next request.
        problem.fields[.connection] = "close"
        return problem
    }

    static let foreignOrigin = Problem(
        .forbidden,
        "This request comes from another site, and its origin is not among the allowed ones (--allowed-origin)."
    )

    static var tooManyStreams: Problem {
        var problem = Problem(
            .tooManyRequests,
            "This user has as many open streams as are allowed (--max-streams-per-user); close one first."
        )
        problem.fields[.retryAfter] = "10"
        return problem
    }

    static var tooManyPages: Problem {
        var problem = Problem(.tooManyRequests, "As many operator's pages are open as can be; close one first.")
        problem.fields[.retryAfter] = "10"
        return problem
    }

    static func tooManyFailures(after seconds: Int64) -> Problem {
        var problem = Problem(
            .tooManyRequests,
            "Too many credentials from this address were none (--max-failures-per-minute); wait \(seconds) s."
        )
        problem.fields[.retryAfter] = "\(seconds)"
        return problem
    }

    static var unavailable: Problem {
        var problem = Problem(.serviceUnavailable, "The database cannot be asked at the moment; try again.")
        problem.fields[.retryAfter] = "5"
        return problem
    }
}
