/// A type that arrays of PostgreSQL can hold, read as a Swift array of one dimension.
public protocol PostgresArrayElement: Sendable {
    /// Reads a whole array that is not null. A type that reads itself one by one has this from an extension.
    static func decodeArray(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> [Self]
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    /// An array of no dimensions is an empty one; one of several cannot be read.
    public static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> [Element] {
        try Element.decodeArray(bytes, type: type, format: format)
    }
}

extension String: PostgresArrayElement {}
extension Int: PostgresArrayElement {}
extension Int64: PostgresArrayElement {}
extension Optional: PostgresArrayElement where Wrapped: PostgresDecodable & PostgresArrayElement {}

extension PostgresArrayElement where Self: PostgresDecodable {
    /// Reads one element after the other; a null among them fails unless the element is an optional.
    public static func decodeArray(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> [Self] {
        switch format {
        case .text: try decodeText(bytes)
        case .binary: try decodeBinary(bytes)
        }
    }

    /// The form of the manual's page "Array Input and Output Syntax".
    private static func decodeText(_ bytes: Span<UInt8>) throws(DecodingFailure) -> [Self] {
        var reader = ArrayTextReader(bytes.copied())
        var result: [Self] = []
        while let element = try reader.next() {
            switch element {
            case .null: result.append(try decodeNull())
            case .value(let text): result.append(try decode(text.span, type: .unknown, format: .text))
            }
        }
        return result
    }

    /// Dimensions, whether there are nulls, the element's type, a size and a lower bound for each dimension; then
    /// length and bytes of each element.
    private static func decodeBinary(_ bytes: Span<UInt8>) throws(DecodingFailure) -> [Self] {
        guard bytes.count >= 12 else { throw .malformed("an array") }
        let dimensions: Int32 = bytes.bigEndian(at: 0)
        guard dimensions != 0 else { return [] }
        guard dimensions == 1 else { throw DecodingFailure("the array has \(dimensions) dimensions.") }
        guard bytes.count >= 20 else { throw .malformed("an array") }
        let type = PostgresType(rawValue: bytes.bigEndian(at: 8))
        let count: Int32 = bytes.bigEndian(at: 12)
        var result: [Self] = []
        var offset = 20
        for _ in 0..<Swift.max(count, 0) {
            guard offset + 4 <= bytes.count else { throw .malformed("an array") }
            let length = Int(bytes.bigEndian(at: offset, as: Int32.self))
            offset += 4
            guard length >= 0 else {
                result.append(try decodeNull())
                continue
            }
            guard offset + length <= bytes.count else { throw .malformed("an array") }
            let element = bytes.extracting(offset..<(offset + length))
            result.append(try decode(element, type: type, format: .binary))
            offset += length
        }
        return result
    }
}
