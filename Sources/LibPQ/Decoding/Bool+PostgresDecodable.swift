extension Bool: PostgresDecodable {
    /// A `boolean` alone: neither a number nor a text is taken for one.
    public static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> Bool {
        guard type == .bool else { throw .wrongType(type) }
        guard bytes.count == 1 else { throw .malformed("a boolean") }
        switch format {
        case .text: return bytes[0] == UInt8(ascii: "t")
        case .binary: return bytes[0] != 0
        }
    }
}
