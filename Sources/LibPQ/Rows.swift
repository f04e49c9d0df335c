/// The answer to one statement.
///
/// The values stay where libpq has put them and are read from there when asked for, so that a large result is in
/// memory once. Rows can be handed to other tasks.
public struct Rows: Sendable {
    let result: ResultHandle

    /// In the order of the query; also there where it returned no row, and empty for a statement that returns none.
    public var columns: [Column] {
        (0..<result.columnCount).map {
            Column(name: result.columnName($0), type: result.columnType($0), format: result.columnFormat($0))
        }
    }

    /// What the server did, such as `UPDATE 3`; empty for an empty statement.
    public var commandTag: String { result.commandTag }

    /// How many rows the statement has inserted, updated, deleted or returned.
    public var affectedRows: Int { Int(result.affectedRows) ?? 0 }
}

extension Rows: RandomAccessCollection {
    /// Always 0: positions count rows.
    public var startIndex: Int { 0 }
    /// How many rows there are.
    public var endIndex: Int { result.rowCount }

    /// The row at a position, without a copy: it holds the whole answer in memory as long as it lives.
    ///
    /// - Precondition: there is such a row.
    public subscript(position: Int) -> Row {
        precondition(indices.contains(position), "The result has \(count) rows; there is no row \(position).")
        return Row(result: result, index: position)
    }
}
