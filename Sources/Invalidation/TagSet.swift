/// Tags that stand for themselves and for all that they cover.
public struct TagSet: Sendable, Hashable {
    /// In the order in which they were given.
    public let tags: [Tag]
    private let contents: Set<Text>

    /// A tag that another one covers may be among them; it changes nothing of what the set covers.
    public init(_ tags: [Tag] = []) {
        self.tags = tags
        contents = Set(tags.map(\.content))
    }

    /// Whether there are none, and so nothing is covered.
    public var isEmpty: Bool { tags.isEmpty }

    /// Whether one of them is `tag` or covers it.
    public func covers(_ tag: Tag) -> Bool {
        guard !isEmpty else { return false }
        // What covers it is one of its own beginnings, of which it has few, however many tags there are here.
        let text = tag.text
        var end = text.utf8.startIndex
        while let slash = text.utf8[end...].firstIndex(of: UInt8(ascii: "/")) {
            if contents.contains(Text(String(text[..<slash]))) { return true }
            end = text.utf8.index(after: slash)
        }
        return contents.contains(tag.content)
    }
}

extension Invalidation {
    /// What is left of it without `tags`; nil where that is nothing.
    package func without(_ tags: TagSet) -> Invalidation? {
        guard !tags.isEmpty, !coversAll else { return self }
        let rest = self.tags.filter { !tags.covers($0) }
        guard rest.count < self.tags.count else { return self }
        guard !rest.isEmpty else { return nil }
        return Invalidation(tags: rest, scope: scope, xid: xid, origin: origin)
    }
}
