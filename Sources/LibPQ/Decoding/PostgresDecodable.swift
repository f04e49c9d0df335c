/// A Swift type that values of PostgreSQL can be read as.
public protocol PostgresDecodable: Sendable {
    /// Reads a value that is not null. `bytes` is the wire form: text in UTF-8, or binary as the server's `…send`
    /// function writes it.
    static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> Self

    /// Answers a null: only an optional has a value for it.
    static func decodeNull() throws(DecodingFailure) -> Self
}

extension PostgresDecodable {
    /// Fails: a type that is no optional has no value for a null.
    public static func decodeNull() throws(DecodingFailure) -> Self {
        throw DecodingFailure("the value is null.")
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// Reads a value that is there as the wrapped type does, with its errors: one that cannot be read is no nil.
    public static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> Wrapped? {
        try Wrapped.decode(bytes, type: type, format: format)
    }

    /// A null is nil.
    public static func decodeNull() -> Wrapped? { nil }
}
