import Crypto

/// A credential kept for the next check of its session, unreadable without the process's own key.
///
/// `freshet.authenticate` takes the credential itself, so a hash alone could never be checked again. Sealed, it does not
/// stand in a heap or a core dump in the open; the key is made at start and leaves the process nowhere.
struct SealedCredential: Sendable {
    private static let key = SymmetricKey(size: .bits256)

    private let box: ChaChaPoly.SealedBox?

    init(_ credential: Credential) {
        box = try? ChaChaPoly.seal(Array(credential.text.utf8), using: Self.key)
    }

    /// - Returns: nil where sealing failed, which only a broken random source could cause; the session then counts as gone.
    func open() -> Credential? {
        guard let box, let bytes = try? ChaChaPoly.open(box, using: Self.key) else { return nil }
        return Credential(String(decoding: bytes, as: UTF8.self))
    }
}
