/// What a result says of one of its columns.
public struct Column: Sendable, Hashable {
    public let name: String
    public let type: PostgresType
    public let format: ResultFormat
}
