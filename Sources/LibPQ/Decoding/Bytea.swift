extension UInt8: PostgresArrayElement {
    /// `[UInt8]` is not an array of PostgreSQL: it is a `bytea`.
    public static func decodeArray(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> [UInt8] {
        guard type == .bytea else { throw .wrongType(type) }
        guard format == .text else { return bytes.copied() }
        let isHex = bytes.count >= 2 && bytes[0] == UInt8(ascii: "\\") && bytes[1] == UInt8(ascii: "x")
        return try isHex ? fromHex(bytes.extracting(2...)) : fromEscapes(bytes)
    }

    private static func fromHex(_ text: Span<UInt8>) throws(DecodingFailure) -> [UInt8] {
        guard text.count.isMultiple(of: 2) else { throw .malformed("hexadecimal") }
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 2)
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = digit(text[index]), let low = digit(text[index + 1]) else {
                throw .malformed("hexadecimal")
            }
            result.append(high << 4 | low)
        }
        return result
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The older form, which `bytea_output = escape` still chooses: `\\` and `\ooo`, all else as it is.
    private static func fromEscapes(_ text: Span<UInt8>) throws(DecodingFailure) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            let character = text[index]
            if character != UInt8(ascii: "\\") {
                result.append(character)
                index += 1
            } else if index + 1 < text.count, text[index + 1] == UInt8(ascii: "\\") {
                result.append(character)
                index += 2
            } else if let value = octal(text, at: index + 1) {
                result.append(value)
                index += 4
            } else {
                throw .malformed("bytea in escape format")
            }
        }
        return result
    }

    private static func octal(_ text: Span<UInt8>, at start: Int) -> UInt8? {
        guard start + 3 <= text.count else { return nil }
        var value = 0
        for index in start..<(start + 3) {
            guard let digit = digit(text[index]), digit < 8 else { return nil }
            value = value * 8 + Int(digit)
        }
        return UInt8(exactly: value)
    }
}
