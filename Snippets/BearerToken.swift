// A bearer token that the resolver verifies itself, with no middleware. One that is signed and not looked up is as good as it
// says until its end: without an id and a `recheck` no logout can end its stream.

import Crypto
import Foundation
import Freshet
import Hummingbird
import LibPQ

/// `<user>.<seconds since 1970>.<HMAC-SHA256 of both, in hexadecimal>`.
struct SignedToken {
    let user: String
    let expiresAt: Double

    init?(_ text: Substring, key: SymmetricKey) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let end = Double(parts[1]), end > Date().timeIntervalSince1970 else { return nil }
        let expected = HMAC<SHA256>.authenticationCode(for: Data("\(parts[0]).\(parts[1])".utf8), using: key)
        let given = Array(parts[2].utf8)
        let wanted = Array(expected.map { String(format: "%02x", $0) }.joined().utf8)
        // In constant time.
        guard given.count == wanted.count, zip(given, wanted).reduce(0, { $0 | ($1.0 ^ $1.1) }) == 0 else { return nil }
        user = String(parts[0])
        expiresAt = end
    }
}

let environment = ProcessInfo.processInfo.environment
guard let secret = environment["TOKEN_SECRET"], secret.utf8.count >= 32 else { fatalError("set TOKEN_SECRET") }
let key = SymmetricKey(data: Data(secret.utf8))
let freshet = try Freshet(database: .conninfo(environment["DATABASE_URL"] ?? ""))

// snippet.routes
let router = Router()
router.addRoutes(
    freshet.routes { request, _ in
        guard let authorization = request.headers[.authorization], authorization.hasPrefix("Bearer "),
            let token = SignedToken(authorization.dropFirst("Bearer ".count), key: key)
        else { return .unauthorized }
        return .session(user: token.user, expiresAt: token.expiresAt)
    }
)
// snippet.end

try await Application(router: router, services: [freshet]).runService()
