/// What a result says of one of its columns.
package struct Column: Sendable, Hashable {
    package let name: String
    package let type: PostgresType
    package let format: ResultFormat
}
