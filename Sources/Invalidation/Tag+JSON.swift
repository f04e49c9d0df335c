extension Tag {
    /// Reads the wire form, `["todo",42]`.
    ///
    /// - Returns: nil for the empty array, which means "anything of this scope" and is no tag.
    init?(from scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        var text: [UInt8] = []
        var numbers: UInt16 = 0
        var count = 0
        try scanner.array { (scanner) throws(JSONScanner.Failure) in
            guard count < Tag.maximumSegments else {
                throw .init("a tag has more than 16 segments", at: scanner.offset)
            }
            if count > 0 { text.append(UInt8(ascii: "/")) }
            if scanner.isAtString {
                Tag.append(escaping: try scanner.stringBytes(), to: &text)
            } else {
                var integer = try scanner.integer()
                let digits = integer.first == UInt8(ascii: "-") ? integer.dropFirst() : integer
                // JavaScript's text of minus zero is "0", and jsonb stores it so.
                if digits.elementsEqual("0".utf8) { integer = digits }
                // Past 53 bits JavaScript would round a number, so it goes out as a string of the same text.
                if Tag.isPlainNumber(digits) { numbers |= 1 << count }
                text.append(contentsOf: integer)
            }
            count += 1
        }
        guard count > 0 else { return nil }
        self.init(content: Text(String(decoding: text, as: UTF8.self)), numbers: numbers)
    }

    /// Appends the wire form to `json`.
    package func write(to json: inout [UInt8]) {
        var bytes = content.utf8.makeIterator()
        var index = 0
        var isNumber = numbers & 1 != 0
        json.append(contentsOf: isNumber ? "[".utf8 : "[\"".utf8)
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "/"):
                if !isNumber { json.append(UInt8(ascii: "\"")) }
                index += 1
                isNumber = numbers & (1 << index) != 0
                json.append(contentsOf: isNumber ? ",".utf8 : ",\"".utf8)
            case UInt8(ascii: "%"):
                // Only %25 and %2F occur: the second digit tells them apart.
                _ = bytes.next()
                json.append(UInt8(ascii: bytes.next() == UInt8(ascii: "5") ? "%" : "/"))
            default:
                JSONWriter.append(escaping: byte, to: &json)
            }
        }
        json.append(contentsOf: isNumber ? "]".utf8 : "\"]".utf8)
    }
}
