extension Tag {
    /// One step of a tag's path. A literal of either kind is one: `Tag("todo", 42)`.
    public enum Segment: Sendable, Hashable {
        /// Any text, also the empty one. One of digits alone stays a string on the wire, and equals the number.
        case string(String)
        /// A number on the wire where its magnitude is below 2⁵³, else a string of the same text.
        case integer(Int)
    }

    /// The tag of these segments, as `["todo",42]` is on the wire.
    ///
    /// Integers of more than 53 bits go out as strings of the same text: JavaScript would round them.
    ///
    /// - Precondition: there are one to sixteen of them (CONTRACT.md §1).
    public init(_ segments: Segment...) { self.init(segments) }

    /// The same of segments that stand in an array.
    ///
    /// - Precondition: there are one to sixteen of them.
    public init(_ segments: [Segment]) {
        precondition(
            (1...Tag.maximumSegments).contains(segments.count),
            "a tag has 1 to \(Tag.maximumSegments) segments, not \(segments.count)"
        )
        var text: [UInt8] = []
        var numbers: UInt16 = 0
        for (index, segment) in segments.enumerated() {
            if index > 0 { text.append(UInt8(ascii: "/")) }
            switch segment {
            case .string(let string): Tag.append(escaping: string.utf8, to: &text)
            case .integer(let integer):
                if Tag.isPlainNumber(String(integer.magnitude).utf8) { numbers |= 1 << index }
                text.append(contentsOf: String(integer).utf8)
            }
        }
        self.init(content: Text(String(decoding: text, as: UTF8.self)), numbers: numbers)
    }
}

extension Tag.Segment: ExpressibleByStringInterpolation {
    /// A string, whatever it looks like: `"42"` is no number on the wire.
    public init(stringLiteral value: String) { self = .string(value) }
}

extension Tag.Segment: ExpressibleByIntegerLiteral {
    /// An integer: `42` is a number on the wire.
    public init(integerLiteral value: Int) { self = .integer(value) }
}
