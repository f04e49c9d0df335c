/// A tag that was disabled for a while: what it covers need not be told for a transaction that began before it was enabled
/// again, since that is told to everybody.
package struct DisabledTag: Sendable {
    package let tag: String

    /// Before it was disabled.
    package let from: Moment

    /// After the transaction that enabled it had committed; nil while it is disabled.
    package var until: Moment?

    package init(tag: String, from: Moment, until: Moment?) {
        self.tag = tag
        self.from = from
        self.until = until
    }

    /// Whether this is why `tag` was not told for a transaction that began at `began`, as a client found it at `moment`.
    func excuses(_ tag: String, began: Moment, at moment: Moment) -> Bool {
        TagText.covers(self.tag, tag) && moment > from && until.map { began < $0 } ?? true
    }
}
