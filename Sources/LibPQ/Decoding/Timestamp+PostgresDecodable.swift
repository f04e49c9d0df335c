extension Timestamp: PostgresDecodable {
    /// A `timestamptz` alone, in text form with `DateStyle = ISO`. A `timestamp` names no point in time until somebody
    /// says its zone.
    public static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> Timestamp {
        guard type == .timestamptz else { throw .wrongType(type) }
        switch format {
        case .binary:
            guard bytes.count == 8 else { throw .malformed("a timestamptz") }
            return Timestamp(microsecondsSince2000: bytes.bigEndian(at: 0))
        case .text:
            let text = try bytes.utf8()
            guard let value = Timestamp(isoText: text) else {
                throw .malformed("a timestamptz in DateStyle ISO")
            }
            return value
        }
    }

    /// PostgreSQL counts from 2000-01-01.
    private init(microsecondsSince2000 value: Int64) {
        let difference: Int64 = 946_684_800_000_000
        let (sum, overflow) = value.addingReportingOverflow(difference)
        if value == .min {
            self = .negativeInfinity
        } else {
            self = overflow ? .infinity : Timestamp(microsecondsSince1970: sum)
        }
    }

    /// Reads `2025-03-01 12:00:00.25+05:30`, with `BC` after it for the years before 1.
    init?(isoText text: String) {
        switch text {
        case "infinity": self = .infinity
        case "-infinity": self = .negativeInfinity
        default:
            guard let value = ISOTimestampReader.microseconds(text) else { return nil }
            self = Timestamp(microsecondsSince1970: value)
        }
    }
}
