import Crypto

/// Names a session in memory: by the hash of its credential, or by a number where nobody knows that.
enum SessionKey: Sendable, Hashable {
    case credential(SHA256.Digest)
    case number(UInt64)

    init(_ credential: Credential) { self = .credential(credential.digest) }
}
