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
        json.append(UInt8(ascii: "["))
        var index = 0
        for segment in content.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            if numbers & (1 << index) != 0 {
                json.append(contentsOf: segment)
            } else if segment.contains(UInt8(ascii: "%")) {
                JSONWriter.append(string: Tag.unescaped(segment), to: &json)
            } else {
                JSONWriter.append(string: segment, to: &json)
            }
            index += 1
        }
        json.append(UInt8(ascii: "]"))
    }
}
