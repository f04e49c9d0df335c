/// Parameters in the form that `PQsendQueryParams` takes.
struct EncodedParameters {
    private(set) var values = CStrings()
    private(set) var types: [UInt32] = []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []

    /// The protocol counts parameters in 16 bits.
    private static let limit = 65_535

    /// A value of PostgreSQL is smaller than 1 GiB, and so is a message: the server hangs up on a larger one.
    private static let sizeLimit = 1 << 30

    init(_ parameters: [Parameter]) throws(PostgresError) {
        guard parameters.count <= Self.limit else {
            throw .invalidParameter(
                index: Self.limit + 1,
                reason: "the protocol carries \(Self.limit) parameters, not \(parameters.count)."
            )
        }
        for (index, parameter) in parameters.enumerated() {
            switch parameter {
            case .null:
                append(type: 0, length: 0, format: .text)
                values.appendNull()
            case .text(let text):
                guard !text.containsZeroByte else {
                    throw .invalidParameter(index: index + 1, reason: "text of PostgreSQL cannot hold a zero byte.")
                }
                try Self.checkSize(text.utf8.count, index)
                append(type: 0, length: 0, format: .text)
                values.append(text)
            case .bytea(let bytes):
                try Self.checkSize(bytes.count, index)
                append(type: PostgresType.bytea.rawValue, length: Int32(bytes.count), format: .binary)
                values.append(bytes)
            }
        }
    }

    private static func checkSize(_ size: Int, _ index: Int) throws(PostgresError) {
        guard size < sizeLimit else {
            throw .invalidParameter(index: index + 1, reason: "a value holds less than 1 GiB, not \(size) bytes.")
        }
    }

    private mutating func append(type: UInt32, length: Int32, format: ResultFormat) {
        types.append(type)
        lengths.append(length)
        formats.append(format.rawValue)
    }
}
