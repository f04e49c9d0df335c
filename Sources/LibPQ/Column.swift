/// What a result says of one of its columns.
public struct Column: Sendable, Hashable {
    /// As the query has it; `?column?` where it gives none. Two columns may have the same one.
    public let name: String
    /// The type's object id. A domain's is that of the type beneath it.
    public let type: PostgresType
    /// How the values of this column are written: the same for all columns of an answer.
    public let format: ResultFormat
}
