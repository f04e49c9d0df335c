/// What a token says that has been verified: which session to look up, and what must hold of what is found.
package struct SessionClaim: Sendable, Hashable {
    /// What `freshet.authenticate` is asked for.
    package let key: String

    /// Whose session it has to be, where the token says so.
    package let user: String?

    /// When the token itself ends, in seconds since 1970; nil where only the session does.
    package let notAfter: Double?

    package init(key: String, user: String? = nil, notAfter: Double? = nil) {
        self.key = key
        self.user = user
        self.notAfter = notAfter
    }
}

extension SessionClaim: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(claim)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
