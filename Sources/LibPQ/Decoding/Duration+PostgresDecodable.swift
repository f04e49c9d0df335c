extension Duration: PostgresDecodable {
    /// An `interval`, with a day of 24 hours, a month of 30 days and a year of 365.25 days, as `extract(epoch from …)`
    /// counts them.
    public static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType,
        format: ResultFormat
    ) throws(DecodingFailure) -> Duration {
        guard type == .interval else { throw .wrongType(type) }
        switch format {
        case .binary:
            guard bytes.count == 16 else { throw .malformed("an interval") }
            return Duration(
                microseconds: bytes.bigEndian(at: 0),
                days: Int64(bytes.bigEndian(at: 8, as: Int32.self)),
                months: Int64(bytes.bigEndian(at: 12, as: Int32.self))
            )
        case .text:
            guard let value = try IntervalText.duration(bytes.utf8()) else {
                throw .malformed("an interval in IntervalStyle postgres")
            }
            return value
        }
    }

    init(microseconds: Int64, days: Int64, months: Int64) {
        let quartersOfDay = days * 4 + (months / 12) * 1461 + (months % 12) * 120
        self = .seconds(quartersOfDay * 21_600) + .microseconds(microseconds)
    }
}
