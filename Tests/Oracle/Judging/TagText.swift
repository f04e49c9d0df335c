/// Tags in their text form, `note/17`, in which a slash inside a segment is escaped (CONTRACT.md §1).
///
/// The oracle has its own few lines for them: what it judges must not be judged by its own code.
enum TagText {
    /// A tag and everything that covers it, the shortest first: `note`, `note/17`.
    static func prefixes(of tag: String) -> [String] {
        var prefixes: [String] = []
        for index in tag.utf8.indices where tag.utf8[index] == UInt8(ascii: "/") {
            prefixes.append(String(tag[..<index]))
        }
        prefixes.append(tag)
        return prefixes
    }

    static func covers(_ tag: String, _ other: String) -> Bool {
        tag == other
            || (other.utf8.starts(with: tag.utf8) && other.utf8.dropFirst(tag.utf8.count).first == UInt8(ascii: "/"))
    }

    /// Whether a stream with this filter has to be told of a tag; an empty filter lets all pass.
    static func passes(_ tag: String, _ filter: [String]) -> Bool {
        filter.isEmpty || filter.contains { covers($0, tag) || covers(tag, $0) }
    }
}
