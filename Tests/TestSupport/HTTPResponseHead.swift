/// The status and the fields of one response, as they came.
package struct HTTPResponseHead: Sendable, Hashable {
    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    package let status: Int
    package let reason: String
    package let fields: [Field]

    /// All values of a field joined as RFC 9110, section 5.2, does it; nil where there is none.
    package subscript(name: String) -> String? {
        let values = fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// Of a response over HTTP/2, whose status is the first of its fields and has no reason.
    init(frame fields: [Field]) throws(HTTPResponseParser.Malformed) {
        guard let first = fields.first, first.name == ":status", let status = Int(first.value) else {
            throw HTTPResponseParser.Malformed(what: "status", text: "\(fields)")
        }
        self.status = status
        self.reason = ""
        self.fields = Array(fields.dropFirst())
    }

    /// - Parameter lines: The lines of the head without their line breaks and without the empty one.
    init(lines: [String]) throws(HTTPResponseParser.Malformed) {
        let words = lines.first?.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false) ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3, let status = Int(words[1])
        else {
            throw HTTPResponseParser.Malformed(what: "status line", text: lines.first ?? "")
        }
        self.status = status
        self.reason = words.count > 2 ? String(words[2]) : ""
        var fields: [Field] = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex,
                !line[..<colon].contains(where: \.isWhitespace)
            else { throw HTTPResponseParser.Malformed(what: "field line", text: line) }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let end = value.lastIndex { $0 != " " && $0 != "\t" }
            fields.append(Field(name: String(line[..<colon]), value: end.map { String(value[...$0]) } ?? ""))
        }
        self.fields = fields
    }
}
