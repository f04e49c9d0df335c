import Invalidation

import struct Invalidation.Scope
import struct Invalidation.Tag

/// The members of an event's data that this version knows (CONTRACT.md §5). Others are passed over, and so is one that is
/// not of its kind; but for `tags`, of which nothing may be lost.
struct EventFields {
    private(set) var user: String?
    private(set) var scopes: [Scope] = []
    private(set) var resumed: Bool?
    private(set) var xids: [UInt64] = []
    private(set) var origin: String?
    private(set) var reason: String?
    private(set) var spread = Duration.zero

    /// Nil where there are none, or where one of them covers everything.
    private(set) var tags: [Tag]?

    /// Nobody is asked to wait longer; the service itself asks for a sixth of it at most.
    private static let longestSpread = 60_000

    /// Nil where the text is no JSON object, or its tags are none.
    init?(json: String) {
        do throws(JSONScanner.Failure) {
            let bytes = Array(json.utf8)
            var scanner = JSONScanner(bytes)
            try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
                if case "tags" = name {
                    let list = try TagList(from: &scanner)
                    tags = list.coversAll ? nil : list.tags
                } else if scanner.isAtString {
                    let value = try scanner.string()
                    switch name {
                    case "user": user = value
                    case "origin": origin = value
                    case "reason": reason = value
                    default: break
                    }
                } else {
                    let start = scanner.offset
                    try scanner.skipValue()
                    take(name, Array(bytes[start..<scanner.offset]))
                }
            }
            try scanner.end()
        } catch {
            return nil
        }
    }

    private mutating func take(_ name: JSONScanner.Name, _ json: [UInt8]) {
        switch name {
        case "scopes": scopes = Self.strings(json).compactMap(Scope.init(text:))
        case "txids": xids = Self.strings(json).compactMap { UInt64($0) }
        case "resumed": resumed = json.elementsEqual("true".utf8)
        case "spread":
            let milliseconds = Int(String(decoding: json, as: UTF8.self)) ?? 0
            spread = .milliseconds(max(0, min(milliseconds, Self.longestSpread)))
        default: break
        }
    }

    /// The strings of an array; what is none is passed over.
    private static func strings(_ json: [UInt8]) -> [String] {
        var strings: [String] = []
        var scanner = JSONScanner(json)
        try? scanner.array { (scanner) throws(JSONScanner.Failure) in
            if scanner.isAtString { strings.append(try scanner.string()) } else { try scanner.skipValue() }
        }
        return strings
    }
}
