import Foundation
import Invalidation

/// What a line shows of an event's data (CONTRACT.md §5). Members that this version does not know are shown too, by their names.
struct EventData {
    private(set) var user: String?
    private(set) var scopes: [String] = []
    private(set) var tags: [String] = []
    private(set) var transactions: [String] = []
    private(set) var rest: [(name: String, value: String)] = []

    /// Nil where the text is no JSON object, or one of the members above is not of its kind.
    init?(json: String) {
        let value = try? JSONSerialization.jsonObject(with: Data(json.utf8))
        guard let members = value as? [String: Any] else { return nil }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            switch (name, value) {
            case ("scopes", let list as [String]): scopes = list
            case ("txids", let list as [String]): transactions = list
            case ("tags", let list as [[Any]]):
                for segments in list {
                    guard let tag = Self.tag(segments) else { return nil }
                    tags.append(tag.text)
                }
            case ("scopes", _), ("txids", _), ("tags", _): return nil
            case ("user", _): user = value as? String
            case (_, let text as String): rest.append((name, text))
            default: rest.append((name, Self.json(value)))
            }
        }
    }

    private static func tag(_ segments: [Any]) -> Tag? {
        guard (1...16).contains(segments.count) else { return nil }
        var all: [Tag.Segment] = []
        for segment in segments {
            switch segment {
            case let text as String: all.append(.string(text))
            case let number as Int: all.append(.integer(number))
            default: return nil
            }
        }
        return Tag(all)
    }

    private static func json(_ value: Any) -> String {
        let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes]
        let data = try? JSONSerialization.data(withJSONObject: value, options: options)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
