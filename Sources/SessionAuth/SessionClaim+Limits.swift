import Foundation
import Invalidation
import TokenFormats

extension SessionClaim {
    /// What a lookup found, as far as the token itself allows it: no other user's session, and none beyond its own end.
    func limit(_ result: LookupResult) -> LookupResult {
        guard case .session(let session) = result else { return result }
        // Django's rows come through here only where nobody has read them.
        if session.userID.hasPrefix(DjangoSessions.marker) {
            return .failed("the sessions are Django's, which need --token-format django")
        }
        if let user, user != session.userID { return .none }
        guard let notAfter else { return result }
        let end = Uptime.now + notAfter - Date().timeIntervalSince1970
        return .session(session.ending(by: end))
    }
}
