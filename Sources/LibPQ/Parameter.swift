/// A value for `$1`, `$2`, … of a statement.
///
/// All but `bytea` are sent as text without a type, so that the server chooses it as it would for a quoted literal:
/// `$1` compared with an `xid8` is an `xid8`. Where it cannot know, write `$1::bigint`.
public enum Parameter: Sendable, Hashable {
    case null
    case text(String)
    case bytea([UInt8])

    public static func int(_ value: some BinaryInteger) -> Parameter {
        .text(String(value))
    }

    public static func bool(_ value: Bool) -> Parameter {
        .text(value ? "t" : "f")
    }

    public static func double(_ value: Double) -> Parameter {
        .text("\(value)")
    }

    /// An array of text; a nil element is a null.
    public static func textArray(_ values: [String?]) -> Parameter {
        .text(ArrayText.literal(values))
    }

    public static func text(_ value: String?) -> Parameter {
        if let value { .text(value) } else { .null }
    }
}

extension Parameter: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) {
        self = .text(value)
    }
}

extension Parameter: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) {
        self = .int(value)
    }
}

extension Parameter: ExpressibleByNilLiteral {
    public init(nilLiteral: ()) {
        self = .null
    }
}
