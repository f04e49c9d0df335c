/// Writes JSON text into a byte array (RFC 8259), without the intermediate tree that a general encoder builds.
package enum JSONWriter {
    /// Appends a string literal, quotes included; `string` is UTF-8.
    package static func append(string: some Sequence<UInt8>, to json: inout [UInt8]) {
        json.append(UInt8(ascii: "\""))
        for byte in string { append(escaping: byte, to: &json) }
        json.append(UInt8(ascii: "\""))
    }

    /// Appends one byte of a string literal.
    static func append(escaping byte: UInt8, to json: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            json.append(UInt8(ascii: "\\"))
            json.append(byte)
        case 0..<0x20:
            json.append(contentsOf: "\\u00".utf8)
            json.append(hex[Int(byte >> 4)])
            json.append(hex[Int(byte & 15)])
        default:
            json.append(byte)
        }
    }

    /// Appends a string literal, quotes included.
    package static func append(_ string: String, to json: inout [UInt8]) {
        append(string: string.utf8, to: &json)
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
