/// What a credential stands for: who asks, until when, and what else they may hear (CONTRACT.md §1).
package struct Session: Sendable, Hashable {
    package let userID: String

    /// The name under which `freshet.watch_sessions` reports a change of this session; not the token.
    package let sessionID: String?

    /// When it ends, in seconds on the clock of whoever looked it up, or nil where it does not end by itself.
    package let expiresAt: Double?
    package let isAdmin: Bool
    package let grants: Grants

    package init(
        userID: String,
        sessionID: String? = nil,
        expiresAt: Double? = nil,
        isAdmin: Bool = false,
        scopes: [String] = []
    ) {
        self.userID = userID
        self.sessionID = sessionID
        self.expiresAt = expiresAt
        self.isAdmin = isAdmin
        grants = Grants(user: userID, extra: scopes)
    }

    private init(_ other: Self, expiresAt: Double?, grants: Grants) {
        userID = other.userID
        sessionID = other.sessionID
        self.expiresAt = expiresAt
        isAdmin = other.isAdmin
        self.grants = grants
    }

    /// Whether a program's key stands for it (`freshet.create_api_key`).
    package var isAPIKey: Bool { userID.hasPrefix("api-key/") }

    /// The same session where something else may end it first.
    package func ending(by end: Double) -> Self { Self(self, expiresAt: min(expiresAt ?? end, end), grants: grants) }

    /// The same session, which hears more.
    package func hearing(_ scopes: [String]) -> Self {
        guard !scopes.isEmpty else { return self }
        let extra = grants.scopes.map(\.text) + scopes
        return Self(self, expiresAt: expiresAt, grants: Grants(user: userID, extra: extra))
    }
}
