/// Why a value cannot be read as some Swift type; `Row` adds the column's name.
public struct DecodingFailure: Error {
    /// A sentence for logs. It says what was expected, and shows nothing of the value.
    public let reason: String

    /// A `reason` goes into logs: name the type, and leave out the value, which is the application's data.
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
