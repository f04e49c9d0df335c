import Crypto
import TokenFormats

/// A claim kept for the next check of its session, unreadable without the process's own key.
///
/// `freshet.authenticate` takes what signs in, so a hash alone could never be checked again. Sealed, it does not stand in a
/// heap or a core dump in the open; the key is made at start and leaves the process nowhere.
struct SealedClaim: Sendable {
    private static let sealing = SymmetricKey(size: .bits256)

    private let box: ChaChaPoly.SealedBox?
    private let user: String?
    private let notAfter: Double?

    init(_ claim: SessionClaim) {
        box = try? ChaChaPoly.seal(Array(claim.key.utf8), using: Self.sealing)
        user = claim.user
        notAfter = claim.notAfter
    }

    /// - Returns: nil where sealing failed, which only a broken random source could cause; the session then counts as gone.
    func open() -> SessionClaim? {
        guard let box, let bytes = try? ChaChaPoly.open(box, using: Self.sealing) else { return nil }
        return SessionClaim(key: String(decoding: bytes, as: UTF8.self), user: user, notAfter: notAfter)
    }
}
