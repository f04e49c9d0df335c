/// A path that names cached data: one to sixteen segments, each a string or an integer (CONTRACT.md §1).
///
/// A tag is kept as its text form, `todo/42`, in which `/` and `%` inside a segment are `%2F` and `%25`. Two tags are
/// equal where their segments have equal text, so `["todo","42"]` equals `["todo",42]`; which segments were numbers is
/// remembered only to write them back as they came.
public struct Tag: Sendable {
    /// The most segments that a tag can have.
    package static let maximumSegments = 16

    /// How many bytes most tags fit in.
    static let usualLength = 32

    let content: Text

    /// Bit *i* is set where segment *i* is a number on the wire.
    let numbers: UInt16

    /// The text form, `todo/42`.
    public var text: String { content.string }

    init(content: Text, numbers: UInt16) {
        self.content = content
        self.numbers = numbers
    }

    /// Whether this tag's segments are a prefix of `other`'s.
    ///
    /// `["todo"]` covers `["todo",42]` and itself. Because a slash inside a segment is always escaped, that is a prefix
    /// of the text that ends at a slash.
    public func covers(_ other: Tag) -> Bool {
        let mine = content.utf8
        let theirs = other.content.utf8
        guard theirs.starts(with: mine) else { return false }
        let end = theirs.index(theirs.startIndex, offsetBy: mine.count)
        return end == theirs.endIndex || theirs[end] == UInt8(ascii: "/")
    }
}

extension Tag: Hashable {
    /// Compares the segments' texts alone (CONTRACT.md §1): whether one was a number does not count.
    public static func == (a: Tag, b: Tag) -> Bool { a.content == b.content }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) { content.hash(into: &hasher) }
}

extension Tag: CustomStringConvertible {
    /// The same as ``text``.
    public var description: String { text }
}
