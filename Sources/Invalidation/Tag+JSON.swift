extension Tag {
    /// Reads the wire form, `["todo",42]`.
    ///
    /// - Returns: nil for the empty array, which means "anything of this scope" and is no tag.
    init?(from scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        var text: [UInt8] = []
        text.reserveCapacity(Tag.usualLength)
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
                if digits.count == 1, digits.first == UInt8(ascii: "0") { integer = digits }
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
        var string = content.string
        string.withUTF8 { bytes in
            var rest = unsafe bytes[...]
            var index = 0
            json.append(UInt8(ascii: "["))
            while true {
                let isNumber = numbers & (1 << index) != 0
                if !isNumber { json.append(UInt8(ascii: "\"")) }
                let slash = unsafe rest.firstIndex(of: UInt8(ascii: "/"))
                unsafe Self.append(unescaping: rest[..<(slash ?? rest.endIndex)], to: &json)
                if !isNumber { json.append(UInt8(ascii: "\"")) }
                guard let slash else { break }
                json.append(UInt8(ascii: ","))
                unsafe rest = rest[(slash + 1)...]
                index += 1
            }
            json.append(UInt8(ascii: "]"))
        }
    }

    /// Appends one segment as a part of a string literal.
    private static func append(unescaping segment: Slice<UnsafeBufferPointer<UInt8>>, to json: inout [UInt8]) {
        var rest = unsafe segment
        while let percent = unsafe rest.firstIndex(of: UInt8(ascii: "%")) {
            unsafe JSONWriter.append(escaping: rest[..<percent], to: &json)
            // Only %25 and %2F occur: the second digit tells them apart.
            json.append(UInt8(ascii: unsafe rest[percent + 2] == UInt8(ascii: "5") ? "%" : "/"))
            unsafe rest = rest[(percent + 3)...]
        }
        unsafe JSONWriter.append(escaping: rest, to: &json)
    }
}
