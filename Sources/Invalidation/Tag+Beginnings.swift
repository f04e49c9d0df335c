extension Tag {
    /// All tags that cover this one, the shortest first and itself last: `todo`, `todo/42`.
    var beginnings: [Tag] {
        var tags: [Tag] = []
        var end = text.utf8.startIndex
        while let slash = text.utf8[end...].firstIndex(of: UInt8(ascii: "/")) {
            // A slash inside a segment is escaped, so each one here ends a segment.
            tags.append(Tag(content: Text(String(text[..<slash])), numbers: numbers))
            end = text.utf8.index(after: slash)
        }
        tags.append(self)
        return tags
    }
}
