/// Why a value cannot be read as some Swift type; `Row` adds the column's name.
public struct DecodingFailure: Error {
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    /// The type has no binary form that the reader knows.
    static func wrongType(_ type: PostgresType) -> DecodingFailure {
        DecodingFailure("\(type) does not hold such values.")
    }

    /// The text is not one. The text itself may be data of the application, so it is not shown.
    static func malformed(_ what: String) -> DecodingFailure {
        DecodingFailure("the value is not \(what).")
    }
}
