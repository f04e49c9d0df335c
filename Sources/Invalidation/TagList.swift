/// The wire form of a set of tags: a JSON array of tags, in a payload, in a row of the log, or in a request.
package struct TagList: Sendable {
    package var tags: [Tag] = []

    /// Whether the empty tag was among them, which covers every tag.
    package var coversAll = false

    package init(json: String) throws(JSONScanner.Failure) {
        var scanner = JSONScanner(json)
        try self.init(from: &scanner)
        try scanner.end()
    }

    package init(from scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        try scanner.array { (scanner) throws(JSONScanner.Failure) in
            if let tag = try Tag(from: &scanner) { tags.append(tag) } else { coversAll = true }
        }
    }
}
