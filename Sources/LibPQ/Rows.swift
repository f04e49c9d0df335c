/// The answer to one statement.
///
/// The values stay where libpq has put them and are read from there when asked for, so that a large result is in
/// memory once. Rows can be handed to other tasks.
package struct Rows: Sendable {
    let result: ResultHandle

    package var columns: [Column] {
        (0..<result.columnCount).map {
            Column(name: result.columnName($0), type: result.columnType($0), format: result.columnFormat($0))
        }
    }

    /// What the server did, such as `UPDATE 3`; empty for an empty statement.
    package var commandTag: String { result.commandTag }

    /// How many rows the statement has inserted, updated, deleted or returned.
    package var affectedRows: Int { Int(result.affectedRows) ?? 0 }
}

extension Rows: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { result.rowCount }

    package subscript(position: Int) -> Row {
        precondition(indices.contains(position), "The result has \(count) rows; there is no row \(position).")
        return Row(result: result, index: position)
    }
}
