/// Writes JSON text into a byte array (RFC 8259), without the intermediate tree that a general encoder builds.
package enum JSONWriter {
    /// Appends a string literal, quotes included.
    package static func append(_ string: String, to json: inout [UInt8]) {
        var string = string
        json.append(UInt8(ascii: "\""))
        string.withUTF8 { unsafe append(escaping: $0[...], to: &json) }
        json.append(UInt8(ascii: "\""))
    }

    /// Appends a part of a string literal: what stands for itself as it is, the rest escaped.
    static func append(escaping bytes: Slice<UnsafeBufferPointer<UInt8>>, to json: inout [UInt8]) {
        var rest = unsafe bytes
        while let special = unsafe rest.firstIndex(where: isSpecial) {
            unsafe json.append(contentsOf: rest[..<special])
            append(escape: unsafe rest[special], to: &json)
            unsafe rest = rest[(special + 1)...]
        }
        unsafe json.append(contentsOf: rest)
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func append(escape byte: UInt8, to json: inout [UInt8]) {
        json.append(UInt8(ascii: "\\"))
        guard byte < 0x20 else { return json.append(byte) }
        json.append(contentsOf: "u00".utf8)
        json.append(hex[Int(byte >> 4)])
        json.append(hex[Int(byte & 15)])
    }

    /// Appends an array, each element written by `write`.
    package static func append<Elements: Sequence>(
        _ elements: Elements,
        to json: inout [UInt8],
        write: (Elements.Element, inout [UInt8]) -> Void
    ) {
        json.append(UInt8(ascii: "["))
        var first = true
        for element in elements {
            if !first { json.append(UInt8(ascii: ",")) }
            first = false
            write(element, &json)
        }
        json.append(UInt8(ascii: "]"))
    }

    private static let hex = Array("0123456789abcdef".utf8)
}
