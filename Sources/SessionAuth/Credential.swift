package import Crypto

/// A bearer token or the value of a session cookie, as a client sent it.
///
/// It is never printed: every description of it is the same word.
package struct Credential: Sendable {
    /// The longest credential in bytes that is looked up at all.
    package static let maximumLength = 4_096

    let text: String

    /// The name of the cookie that it came in; nil for a bearer token.
    let cookie: String?

    /// - Returns: nil for what can be no credential: empty, too long, or with a NUL, which PostgreSQL's text cannot hold.
    package init?(_ text: String, cookie: String? = nil) {
        guard (1...Self.maximumLength).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
        self.text = text
        self.cookie = cookie
    }

    /// What a session is known by in memory: the SHA-256 of its credential, and of where it came in.
    package var digest: SHA256.Digest { SHA256.hash(data: Array("\(cookie ?? "")\n\(text)".utf8)) }
}

extension Credential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(credential)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
