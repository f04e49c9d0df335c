/// A value for `$1`, `$2`, … of a statement.
///
/// All but `bytea` are sent as text without a type, so that the server chooses it as it would for a quoted literal:
/// `$1` compared with an `xid8` is an `xid8`. Where it cannot know, write `$1::bigint`.
package enum Parameter: Sendable, Hashable {
    case null
    case text(String)
    case bytea([UInt8])

    package static func int(_ value: some BinaryInteger) -> Parameter {
        .text(String(value))
    }

    package static func bool(_ value: Bool) -> Parameter {
        .text(value ? "t" : "f")
    }

    package static func double(_ value: Double) -> Parameter {
        .text("\(value)")
    }

    /// An array of text; a nil element is a null.
    package static func textArray(_ values: [String?]) -> Parameter {
        .text(ArrayText.literal(values))
    }

    package static func text(_ value: String?) -> Parameter {
        if let value { .text(value) } else { .null }
    }
}

extension Parameter: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) {
        self = .text(value)
    }
}

extension Parameter: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int64) {
        self = .int(value)
    }
}

extension Parameter: ExpressibleByNilLiteral {
    package init(nilLiteral: ()) {
        self = .null
    }
}
