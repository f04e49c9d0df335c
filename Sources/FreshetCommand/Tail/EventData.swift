import Invalidation

/// What a line shows of an event's data (CONTRACT.md §5). Members that this version does not know are kept as they are.
struct EventData {
    private(set) var user: String?
    private(set) var scopes: [String] = []
    private(set) var tags: [String] = []
    private(set) var transactions: [String] = []
    private(set) var rest: [(name: String, value: String)] = []

    /// Nil where the text is no JSON object, or one of the members above is not of its kind.
    init?(json: String) {
        do throws(JSONScanner.Failure) {
            var scanner = JSONScanner(json)
            let bytes = Array(json.utf8)
            try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
                switch name {
                case "scopes": scopes = try Self.strings(&scanner)
                case "txids": transactions = try Self.strings(&scanner)
                case "tags":
                    let list = try TagList(from: &scanner)
                    tags = list.tags.map(\.text)
                case _ where scanner.isAtString:
                    let value = try scanner.string()
                    if case "user" = name { user = value } else { rest.append(("\(name)", value)) }
                default:
                    let start = scanner.offset
                    try scanner.skipValue()
                    if case "user" = name {
                    } else {
                        rest.append(("\(name)", String(decoding: bytes[start..<scanner.offset], as: UTF8.self)))
                    }
                }
            }
            try scanner.end()
        } catch {
            return nil
        }
    }

    private static func strings(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> [String] {
        var strings: [String] = []
        try scanner.array { (scanner) throws(JSONScanner.Failure) in strings.append(try scanner.string()) }
        return strings
    }
}
