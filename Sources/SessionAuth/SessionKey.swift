import Crypto

/// Names a session in memory by the hash of its credential.
struct SessionKey: Sendable, Hashable {
    private let digest: SHA256.Digest

    init(_ credential: Credential) { digest = credential.digest }
}
