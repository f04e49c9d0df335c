/// A `timestamptz`: a point in time to the microsecond, without a time zone, as PostgreSQL keeps it.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01 00:00 UTC; the least and the greatest value mean `-infinity` and `infinity`.
    public let microsecondsSince1970: Int64

    /// The least and the greatest value are ``negativeInfinity`` and ``infinity``.
    public init(microsecondsSince1970: Int64) {
        self.microsecondsSince1970 = microsecondsSince1970
    }

    /// PostgreSQL's `infinity`, later than all others.
    public static let infinity = Timestamp(microsecondsSince1970: .max)
    /// PostgreSQL's `-infinity`, earlier than all others.
    public static let negativeInfinity = Timestamp(microsecondsSince1970: .min)

    /// Whether it is a point in time, and neither of the infinities.
    public var isFinite: Bool { self != .infinity && self != .negativeInfinity }

    /// Infinite where the timestamp is.
    public var secondsSince1970: Double {
        switch self {
        case .infinity: .infinity
        case .negativeInfinity: -.infinity
        default: Double(microsecondsSince1970) / 1_000_000
        }
    }

    /// Earlier is less; ``negativeInfinity`` is before all others, ``infinity`` after them.
    public static func < (a: Timestamp, b: Timestamp) -> Bool {
        a.microsecondsSince1970 < b.microsecondsSince1970
    }
}
