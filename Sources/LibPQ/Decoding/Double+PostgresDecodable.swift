extension Double: PostgresDecodable {
    /// In text form any number, `numeric` too, rounded to the nearest; in binary form what a `Double` holds
    /// exactly: `float8`, `float4`, `int2`, `int4`.
    public static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> Double {
        switch (format, type, bytes.count) {
        case (.text, _, _):
            guard let value = try Double(bytes.utf8()) else { throw .malformed("a number") }
            return value
        case (.binary, .float8, 8): return Double(bitPattern: bytes.bigEndian(at: 0))
        case (.binary, .float4, 4): return Double(Float(bitPattern: bytes.bigEndian(at: 0)))
        case (.binary, .int2, 2): return Double(bytes.bigEndian(at: 0, as: Int16.self))
        case (.binary, .int4, 4): return Double(bytes.bigEndian(at: 0, as: Int32.self))
        default: throw .wrongType(type)
        }
    }
}
