import CLibPQ

/// Owns one `PGresult`.
///
/// Nothing writes to a result after libpq has handed it over, so that any thread may read it (the manual's page
/// "Behavior in Threaded Programs" says so).
@safe final class ResultHandle: @unchecked Sendable {
    private let result: OpaquePointer

    /// Takes the result over.
    init(owning result: OpaquePointer) {
        unsafe self.result = unsafe result
    }

    deinit {
        unsafe PQclear(result)
    }

    var status: ExecStatusType { unsafe PQresultStatus(result) }
    var rowCount: Int { unsafe Int(PQntuples(result)) }
    var columnCount: Int { unsafe Int(PQnfields(result)) }
    var commandTag: String { unsafe String(cString: PQcmdStatus(result)) }
    var affectedRows: String { unsafe String(cString: PQcmdTuples(result)) }

    func columnName(_ column: Int) -> String {
        unsafe String(cString: PQfname(result, Int32(column)))
    }

    func columnType(_ column: Int) -> PostgresType {
        unsafe PostgresType(rawValue: PQftype(result, Int32(column)))
    }

    func columnFormat(_ column: Int) -> ResultFormat {
        unsafe PQfformat(result, Int32(column)) == 0 ? .text : .binary
    }

    /// The first column of that exact name. (`PQfnumber` would fold it to lower case.)
    func columnIndex(named name: String) -> Int? {
        (0..<columnCount).first { columnName($0) == name }
    }

    func isNull(row: Int, column: Int) -> Bool {
        unsafe PQgetisnull(result, Int32(row), Int32(column)) == 1
    }

    /// The value where libpq keeps it; the caller has checked the row and the column.
    func withValue<R, E>(row: Int, column: Int, _ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let length = unsafe Int(PQgetlength(result, Int32(row), Int32(column)))
        guard let start = unsafe PQgetvalue(result, Int32(row), Int32(column)) else {
            return try body(Span())
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: length)
        return try body(unsafe Span(_unsafeBytes: bytes))
    }

    var errorMessage: String { unsafe oneLine(PQresultErrorMessage(result)) }

    /// What the server said; nil where the message is one of libpq's own.
    var message: ServerMessage? { unsafe ServerMessage(result) }
}

extension ServerMessage {
    /// Reads the fields of a result that is an error or a notice.
    init?(_ result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            guard let code = code.asciiValue, let text = unsafe PQresultErrorField(result, Int32(code)) else {
                return nil
            }
            return unsafe String(cString: text)
        }
        guard let sqlState = field("C") else { return nil }
        self.init(
            severity: field("V") ?? field("S") ?? "ERROR",
            sqlState: sqlState,
            message: field("M") ?? "no message",
            detail: field("D"),
            hint: field("H"),
            context: field("W"),
            position: field("P").flatMap { Int($0) },
            schema: field("s"),
            table: field("t"),
            column: field("c"),
            constraint: field("n")
        )
    }
}

/// libpq's messages are for a terminal: several lines, tabs, a line break at the end.
func oneLine(_ message: UnsafePointer<CChar>?) -> String {
    guard let message = unsafe message else { return "libpq gave no reason" }
    let lines = unsafe String(cString: message).split(whereSeparator: \.isNewline)
    let trimmed = lines.map { $0.drop(while: \.isWhitespace) }.filter { !$0.isEmpty }
    return trimmed.isEmpty ? "libpq gave no reason" : trimmed.joined(separator: " ")
}
