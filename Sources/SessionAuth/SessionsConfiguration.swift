/// What an operator may set of how sessions are checked.
package struct SessionsConfiguration: Sendable {
    /// How often every session with an open stream is checked again.
    package var recheck: Duration

    /// How long open streams stay while the database is away.
    package var grace: Duration

    /// How credentials are read before they are looked up.
    package var tokens: TokenReader

    package init(recheck: Duration = .seconds(60), grace: Duration = .seconds(300), tokens: TokenReader = .plain) {
        self.recheck = recheck
        self.grace = grace
        self.tokens = tokens
    }
}
