/// A value for `$1`, `$2`, … of a statement.
///
/// All but `bytea` are sent as text without a type, so that the server chooses it as it would for a quoted literal:
/// `$1` compared with an `xid8` is an `xid8`. Where it cannot know, write `$1::bigint`.
public enum Parameter: Sendable, Hashable {
    /// SQL's null; its type is the server's choice, too.
    case null
    /// Without a zero byte, which no text of PostgreSQL holds, and below 1 GiB.
    case text(String)
    /// Sent in binary form as a `bytea`; below 1 GiB.
    case bytea([UInt8])

    /// Its decimal digits, which the server reads as whatever integer type the place has.
    public static func int(_ value: some BinaryInteger) -> Parameter {
        .text(String(value))
    }

    /// `t` or `f`, which a `boolean` reads.
    public static func bool(_ value: Bool) -> Parameter {
        .text(value ? "t" : "f")
    }

    /// The shortest digits that read back as the same value; `nan` and `inf` are taken by `float8`.
    public static func double(_ value: Double) -> Parameter {
        .text("\(value)")
    }

    /// An array of text; a nil element is a null.
    public static func textArray(_ values: [String?]) -> Parameter {
        .text(ArrayText.literal(values))
    }

    /// The text, or null where there is none.
    public static func text(_ value: String?) -> Parameter {
        if let value { .text(value) } else { .null }
    }
}

extension Parameter: ExpressibleByStringLiteral {
    /// A text, so that `["ada"]` is a list of parameters.
    public init(stringLiteral value: String) {
        self = .text(value)
    }
}

extension Parameter: ExpressibleByIntegerLiteral {
    /// An ``int(_:)``, so that `[42]` is a list of parameters.
    public init(integerLiteral value: Int64) {
        self = .int(value)
    }
}

extension Parameter: ExpressibleByNilLiteral {
    /// A ``null``, so that `[nil]` is a list of parameters.
    public init(nilLiteral: ()) {
        self = .null
    }
}
