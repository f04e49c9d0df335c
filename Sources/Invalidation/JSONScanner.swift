/// Reads JSON text (RFC 8259) from front to back, handing out only what the caller asks for.
///
/// Notifications come tens of thousands a second and may come from anybody who can log in to the database, so this
/// copies only strings that have escapes, bounds its depth, and fails with a place instead of guessing.
package struct JSONScanner {
    /// Where and why the text is not what it should be.
    package struct Failure: Error, Hashable, CustomStringConvertible {
        package let reason: String
        package let offset: Int

        package init(_ reason: String, at offset: Int) {
            self.reason = reason
            self.offset = offset
        }

        package var description: String { "\(reason), at byte \(offset)" }
    }

    private static let maximumDepth = 32

    private let bytes: [UInt8]
    package private(set) var offset = 0
    private var depth = 0

    package init(_ text: String) { bytes = Array(text.utf8) }

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether a string comes next.
    package var isAtString: Bool {
        mutating get { peek() == UInt8(ascii: "\"") }
    }

    /// Reads an object; `member` must read exactly one value for each name that it is given.
    package mutating func object(
        _ member: (Name, inout JSONScanner) throws(Failure) -> Void
    ) throws(Failure) {
        try nest(open: "{", close: "}") { (scanner) throws(Failure) in
            guard scanner.isAtString else { throw Failure("a member name was expected", at: scanner.offset) }
            let name = Name(bytes: try scanner.stringBytes())
            try scanner.expect(":")
            try member(name, &scanner)
        }
    }

    /// Reads an array; `element` must read exactly one value each time.
    package mutating func array(_ element: (inout JSONScanner) throws(Failure) -> Void) throws(Failure) {
        try nest(open: "[", close: "]", element)
    }

    /// Reads a string.
    package mutating func string() throws(Failure) -> String {
        String(decoding: try stringBytes(), as: UTF8.self)
    }

    /// Reads an integer and gives its digits, with the sign if it is negative.
    package mutating func integer() throws(Failure) -> ArraySlice<UInt8> {
        _ = peek()
        let start = offset
        if current == UInt8(ascii: "-") { offset += 1 }
        let digits = offset
        while let byte = current, (0x30...0x39).contains(byte) { offset += 1 }
        guard offset > digits, bytes[digits] != UInt8(ascii: "0") || offset == digits + 1 else {
            throw Failure("a string or an integer was expected", at: start)
        }
        if let byte = current, byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") {
            throw Failure("a number that is not an integer", at: start)
        }
        return bytes[start..<offset]
    }

    /// Passes over one value of any kind.
    package mutating func skipValue() throws(Failure) {
        switch peek() {
        case UInt8(ascii: "{"): try object { (_, scanner) throws(Failure) in try scanner.skipValue() }
        case UInt8(ascii: "["): try array { (scanner) throws(Failure) in try scanner.skipValue() }
        case UInt8(ascii: "\""): _ = try stringBytes()
        default:
            let start = offset
            while let byte = current, Self.isScalarByte(byte) { offset += 1 }
            let text = bytes[start..<offset]
            guard Self.isLiteral(text) || Self.isNumber(text) else { throw Failure("a value was expected", at: start) }
        }
    }

    /// Checks that nothing but white space is left.
    package mutating func end() throws(Failure) {
        guard peek() == nil else { throw Failure("text after the end of the value", at: offset) }
    }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func peek() -> UInt8? {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
        return current
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
        guard peek() == UInt8(ascii: character) else { throw Failure("'\(character)' was expected", at: offset) }
        offset += 1
    }

    private mutating func nest(
        open: Unicode.Scalar,
        close: Unicode.Scalar,
        _ item: (inout JSONScanner) throws(Failure) -> Void
    ) throws(Failure) {
        try expect(open)
        depth += 1
        guard depth <= Self.maximumDepth else { throw Failure("nested too deep", at: offset) }
        if peek() == UInt8(ascii: close) {
            offset += 1
        } else {
            while true {
                try item(&self)
                if peek() == UInt8(ascii: ",") {
                    offset += 1
                    continue
                }
                try expect(close)
                break
            }
        }
        depth -= 1
    }

    private static func isScalarByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
    }

    private static func isLiteral(_ text: ArraySlice<UInt8>) -> Bool {
        text.elementsEqual("true".utf8) || text.elementsEqual("false".utf8) || text.elementsEqual("null".utf8)
    }

    private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        func digits() -> Bool {
            let rested = rest.drop { (0x30...0x39).contains($0) }
            defer { rest = rested }
            return rested.startIndex > rest.startIndex
        }
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let leads = rest.first == UInt8(ascii: "0")
        let whole = rest.startIndex
        guard digits(), !leads || rest.startIndex == whole + 1 else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard digits() else { return false }
        }
        if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest.removeFirst() }
            guard digits() else { return false }
        }
        return rest.isEmpty
    }

    /// Reads a string and gives its UTF-8 bytes, escapes resolved; where there are none, they are a part of the text itself.
    package mutating func stringBytes() throws(Failure) -> ArraySlice<UInt8> {
        try expect("\"")
        let start = offset
        let plain = run()
        if current == UInt8(ascii: "\"") {
            offset += 1
            return plain
        }
        var result = Array(plain)
        while true {
            switch current {
            case UInt8(ascii: "\""):
                offset += 1
                return result[...]
            case UInt8(ascii: "\\"):
                offset += 1
                try escape(into: &result)
            case nil: throw Failure("a string without an end", at: start)
            case let byte? where byte < 0x20: throw Failure("a control character in a string", at: offset)
            default: result.append(contentsOf: run())
            }
        }
    }

    /// Passes what stands for itself in a string, up to an escape, its end, or what must not be there.
    private mutating func run() -> ArraySlice<UInt8> {
        let begin = offset
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { offset += 1 }
        return bytes[begin..<offset]
    }

    /// Reads what follows a backslash, and appends what it stands for.
    private mutating func escape(into result: inout [UInt8]) throws(Failure) {
        guard let byte = current else { throw Failure("a string without an end", at: offset) }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"): result.append(contentsOf: String(try unicodeEscape()).utf8)
        default: throw Failure("an unknown escape", at: offset - 1)
        }
    }

    /// Reads what follows `\u`, with the second half of a surrogate pair.
    ///
    /// Half a pair is no text (PostgreSQL refuses it as well); a replacement character in its place would make two
    /// different tags one.
    private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
        let start = offset
        let unit = try hexDigits()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        if UTF16.isLeadSurrogate(unit), current == UInt8(ascii: "\\"), offset + 1 < bytes.count,
            bytes[offset + 1] == UInt8(ascii: "u")
        {
            offset += 2
            let second = try hexDigits()
            if UTF16.isTrailSurrogate(second),
                let scalar = Unicode.Scalar(0x1_0000 + UInt32(unit & 0x3FF) << 10 + UInt32(second & 0x3FF))
            {
                return scalar
            }
        }
        throw Failure("half a surrogate pair", at: start)
    }

    private mutating func hexDigits() throws(Failure) -> UInt16 {
        guard offset + 4 <= bytes.count,
            bytes[offset..<offset + 4].allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }),
            let value = UInt16(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
        else { throw Failure("four hexadecimal digits were expected", at: offset) }
        offset += 4
        return value
    }
}
