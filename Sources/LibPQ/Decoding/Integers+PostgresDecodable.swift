/// The integer types of Swift read every integer type of PostgreSQL whose value fits, `numeric` in text form too.
public protocol PostgresDecodableInteger: PostgresDecodable, FixedWidthInteger {}

extension Int: PostgresDecodableInteger {}
extension Int16: PostgresDecodableInteger {}
extension Int32: PostgresDecodableInteger {}
extension Int64: PostgresDecodableInteger {}
extension UInt32: PostgresDecodableInteger {}
extension UInt64: PostgresDecodableInteger {}

extension PostgresDecodableInteger {
    /// Fails where the value does not fit, instead of cutting it off.
    public static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> Self {
        switch format {
        case .text:
            guard let value = try Self(bytes.utf8()) else {
                throw .malformed("an integer in \(Self.min)...\(Self.max)")
            }
            return value
        case .binary:
            let value: Self? =
                switch (type, bytes.count) {
                case (.int2, 2): Self(exactly: bytes.bigEndian(at: 0, as: Int16.self))
                case (.int4, 4): Self(exactly: bytes.bigEndian(at: 0, as: Int32.self))
                case (.int8, 8): Self(exactly: bytes.bigEndian(at: 0, as: Int64.self))
                case (.oid, 4), (.xid, 4): Self(exactly: bytes.bigEndian(at: 0, as: UInt32.self))
                case (.xid8, 8): Self(exactly: bytes.bigEndian(at: 0, as: UInt64.self))
                default: throw .wrongType(type)
                }
            guard let value else { throw .malformed("in \(Self.min)...\(Self.max)") }
            return value
        }
    }
}
