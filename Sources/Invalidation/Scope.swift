/// Who may hear of a change: `global`, or a kind and an id such as `user/42` (CONTRACT.md §1).
///
/// The text is raw: the kind ends at the first slash and everything after it is the id, so the user `a/b` is
/// `user/a/b`. Scopes compare by their bytes.
public struct Scope: Sendable, Hashable {
    let content: Text

    /// What every session may hear.
    public static let global = Scope(unchecked: "global")

    /// What every session does hear, whatever its grants: the scope `*` of CONTRACT.md §3.
    public static let everyone = Scope(unchecked: "*")

    /// The longest scope in bytes; past it a scope in a payload is refused, and SQL sends `*` instead.
    package static let maximumLength = 2_000

    /// The form in payloads and events, `user/42`; what ``init(text:)`` reads.
    public var text: String { content.string }

    private init(unchecked text: String) { content = Text(text) }

    /// One that was read before.
    init(content: Text) { self.content = content }

    /// Reads `global`, `*`, or `kind/id` with both parts there.
    public init?(text: String) {
        guard text.utf8.count <= Scope.maximumLength else { return nil }
        if text != "global" && text != "*" {
            guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")), slash != text.utf8.startIndex,
                text.utf8.index(after: slash) != text.utf8.endIndex
            else { return nil }
        }
        self.init(unchecked: text)
    }

    /// The scope of a kind and an id, `tenant/acme`; nil where the kind is empty or has a slash in it, the id is empty, or both
    /// together are longer than a scope can be.
    public init?(kind: String, id: String) {
        guard !kind.utf8.contains(UInt8(ascii: "/")) else { return nil }
        self.init(text: kind + "/" + id)
    }

    /// The scope of one user's own data, `user/<user id>`.
    public static func user(_ id: String) -> Scope { Scope(unchecked: "user/" + id) }
}

extension Scope: CustomStringConvertible {
    /// The same as ``text``.
    public var description: String { text }
}
