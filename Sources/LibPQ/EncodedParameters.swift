/// Parameters in the form that `PQsendQueryParams` takes.
struct EncodedParameters {
    private(set) var values = CStrings()
    private(set) var types: [UInt32] = []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []

    /// The protocol counts parameters in 16 bits.
    private static let limit = 65_535

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
                guard !text.utf8.contains(0) else {
                    throw .invalidParameter(index: index + 1, reason: "text of PostgreSQL cannot hold a zero byte.")
                }
                append(type: 0, length: 0, format: .text)
                values.append(text)
            case .bytea(let bytes):
                guard let length = Int32(exactly: bytes.count) else {
                    throw .invalidParameter(index: index + 1, reason: "a bytea holds less than 2 GiB.")
                }
                append(type: PostgresType.bytea.rawValue, length: length, format: .binary)
                values.append(bytes)
            }
        }
    }

    private mutating func append(type: UInt32, length: Int32, format: ResultFormat) {
        types.append(type)
        lengths.append(length)
        formats.append(format.rawValue)
    }
}
