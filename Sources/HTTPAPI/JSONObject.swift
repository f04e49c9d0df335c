import Invalidation

/// A JSON object that is written member by member.
struct JSONObject: Sendable {
    private var members: [UInt8] = []

    /// The whole object.
    var bytes: [UInt8] { [UInt8(ascii: "{")] + members + [UInt8(ascii: "}")] }

    mutating func set(_ name: String, _ value: String?) {
        begin(name)
        if let value { JSONWriter.append(value, to: &members) } else { members.append(contentsOf: "null".utf8) }
    }

    mutating func set(_ name: String, _ value: Int) {
        begin(name)
        members.append(contentsOf: "\(value)".utf8)
    }

    mutating func set(_ name: String, _ value: Bool) {
        begin(name)
        members.append(contentsOf: "\(value)".utf8)
    }

    /// - Parameter json: written already.
    mutating func set(_ name: String, json: [UInt8]) {
        begin(name)
        members.append(contentsOf: json)
    }

    mutating func set(_ name: String, _ texts: some Sequence<String>) {
        begin(name)
        JSONWriter.append(texts, to: &members) { JSONWriter.append($0, to: &$1) }
    }

    mutating func set(_ name: String, _ objects: some Sequence<JSONObject>) {
        begin(name)
        JSONWriter.append(objects, to: &members) { $1 += $0.bytes }
    }

    private mutating func begin(_ name: String) {
        if !members.isEmpty { members.append(UInt8(ascii: ",")) }
        JSONWriter.append(name, to: &members)
        members.append(UInt8(ascii: ":"))
    }
}
