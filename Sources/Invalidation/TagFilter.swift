/// The query parameter `tags`: a client hears only what covers, or is covered by, one of these (CONTRACT.md §5).
package struct TagFilter: Sendable, Hashable {
    /// The most tags that one stream may name; more is refused before the stream starts.
    package static let maximumTags = 100

    package let tags: [Tag]

    /// - Parameter tags: none means that everything passes; use nil instead of a filter then.
    package init?(_ tags: [Tag]) {
        guard !tags.isEmpty else { return nil }
        self.tags = tags
    }

    package func passes(_ tag: Tag) -> Bool {
        tags.contains { $0.covers(tag) || tag.covers($0) }
    }
}
