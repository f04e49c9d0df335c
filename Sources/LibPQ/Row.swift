/// One row of an answer.
///
/// Each read throws `PostgresError.decoding`, which names the column, its type, and what it was read as.
public struct Row: Sendable {
    let result: ResultHandle
    let index: Int

    /// Reads the value of a named column.
    public func decode<Value: PostgresDecodable>(
        _ column: String,
        as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard let position = result.columnIndex(named: column) else {
            throw .decoding(
                column: column,
                type: .unknown,
                expected: "\(Value.self)",
                reason: "the result has no column of that name."
            )
        }
        return try decode(at: position)
    }

    /// Reads the value of the column at a position, counted from 0.
    public func decode<Value: PostgresDecodable>(
        at column: Int,
        as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard column >= 0, column < result.columnCount else {
            throw .decoding(
                column: "\(column)",
                type: .unknown,
                expected: "\(Value.self)",
                reason: "the result has \(result.columnCount) columns."
            )
        }
        do throws(DecodingFailure) {
            guard !result.isNull(row: index, column: column) else { return try Value.decodeNull() }
            let format = result.columnFormat(column)
            let type = result.columnType(column)
            return try result.withValue(row: index, column: column) { (bytes) throws(DecodingFailure) in
                try Value.decode(bytes, type: type, format: format)
            }
        } catch {
            throw .decoding(
                column: result.columnName(column),
                type: result.columnType(column),
                expected: "\(Value.self)",
                reason: error.reason
            )
        }
    }

    /// Reads the first columns in order: `let (id, name) = try row.decode(Int.self, String.self)`.
    public func decode<each Value: PostgresDecodable>(
        _ types: repeat (each Value).Type
    ) throws(PostgresError) -> (repeat each Value) {
        var column = -1
        func next<One: PostgresDecodable>(_: One.Type) throws(PostgresError) -> One {
            column += 1
            return try decode(at: column)
        }
        return try (repeat next(each types))
    }
}
