extension Tag {
    /// Reads the text form, as in the query parameter `tags`.
    ///
    /// An all-digit segment without a leading zero that fits in 53 bits is a number; every other one is a string. A `%`
    /// that does not begin `%2F` or `%25`, and a seventeenth segment, make the text no tag.
    public init?(text: String) {
        var canonical: [UInt8] = []
        canonical.reserveCapacity(text.utf8.count)
        var numbers: UInt16 = 0
        var count = 0
        for segment in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard count < Tag.maximumSegments, Tag.isEscapedWell(segment) else { return nil }
            if count > 0 { canonical.append(UInt8(ascii: "/")) }
            if Tag.isPlainNumber(segment) { numbers |= 1 << count }
            Tag.append(segment, toCanonical: &canonical)
            count += 1
        }
        self.init(content: Text(String(decoding: canonical, as: UTF8.self)), numbers: numbers)
    }

    /// The segments' texts, unescaped.
    public var segments: [String] {
        content.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            String(decoding: Tag.unescaped($0), as: UTF8.self)
        }
    }

    /// Whether a segment is all digits, without a leading zero, and below 2⁵³: what JavaScript holds exactly.
    static func isPlainNumber(_ segment: some Collection<UInt8>) -> Bool {
        var value: UInt64 = 0
        var count = 0
        // One loop over all of it, because every number in a payload passes here.
        for byte in segment {
            guard (0x30...0x39).contains(byte), count == 0 || value > 0, count < 16 else { return false }
            value = value * 10 + UInt64(byte - 0x30)
            count += 1
        }
        return count > 0 && value < 1 << 53
    }

    /// Appends one raw segment to a text form, escaping `/` and `%`.
    static func append(escaping segment: some Collection<UInt8>, to text: inout [UInt8]) {
        guard segment.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") }) else {
            text.append(contentsOf: segment)
            return
        }
        for byte in segment {
            switch byte {
            case UInt8(ascii: "/"): text.append(contentsOf: "%2F".utf8)
            case UInt8(ascii: "%"): text.append(contentsOf: "%25".utf8)
            default: text.append(byte)
            }
        }
    }

    /// The bytes of an escaped segment as they were before escaping.
    static func unescaped(_ segment: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var at = segment.startIndex
        while at != segment.endIndex {
            guard segment[at] == UInt8(ascii: "%") else {
                bytes.append(segment[at])
                segment.formIndex(after: &at)
                continue
            }
            // Only %25 and %2F occur: the second digit tells them apart.
            let digit = segment.index(at, offsetBy: 2)
            bytes.append(UInt8(ascii: segment[digit] == UInt8(ascii: "5") ? "%" : "/"))
            at = segment.index(after: digit)
        }
        return bytes
    }

    private static func isEscapedWell(_ segment: some Collection<UInt8>) -> Bool {
        var rest = segment[...]
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            let escape = rest[percent...].prefix(3)
            guard
                escape.elementsEqual("%25".utf8) || escape.elementsEqual("%2F".utf8) || escape.elementsEqual("%2f".utf8)
            else { return false }
            rest = rest[percent...].dropFirst(3)
        }
        return true
    }

    private static func append(_ segment: some Collection<UInt8>, toCanonical text: inout [UInt8]) {
        if segment.contains(UInt8(ascii: "%")) {
            append(escaping: unescaped(segment), to: &text)
        } else {
            text.append(contentsOf: segment)
        }
    }
}
