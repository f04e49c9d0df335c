extension String: PostgresDecodable {
    /// In text form every value has one; in binary form only text, JSON, and what users define on top of text.
    public static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> String {
        guard format == .binary, !type.isTextual else { return try bytes.utf8() }
        guard type == .jsonb else { throw .wrongType(type) }
        // One byte of version before the text, 1 since there is jsonb.
        guard bytes.count > 0, bytes[0] == 1 else { throw .malformed("jsonb of version 1") }
        return try bytes.extracting(1...).utf8()
    }
}
