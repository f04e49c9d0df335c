import HTTPTypes
import Invalidation

/// The body of `POST {base}/admin/end`: `{"user":"42"}`.
struct EndBody: Sendable {
    let user: String

    init(json: [UInt8]) throws(Problem) {
        var user = ""
        do {
            var scanner = JSONScanner(json)
            try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
                if case "user" = name { user = try scanner.string() } else { try scanner.skipValue() }
            }
            try scanner.end()
        } catch {
            throw Problem(.badRequest, "The body is not the expected JSON: \(error).")
        }
        guard !user.isEmpty else { throw Problem(.badRequest, "The body needs \"user\", the id of a user.") }
        self.user = user
    }
}
