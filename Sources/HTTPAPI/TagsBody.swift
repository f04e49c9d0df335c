import HTTPTypes
import Invalidation

/// The body of `POST {base}/tags/disable` and `/tags/enable`: `{"tags":[["todos"]]}`.
struct TagsBody: Sendable {
    let tags: [Tag]

    init(json: [UInt8]) throws(Problem) {
        var tags: TagList?
        do {
            var scanner = JSONScanner(json)
            try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
                if case "tags" = name { tags = try TagList(from: &scanner) } else { try scanner.skipValue() }
            }
            try scanner.end()
        } catch {
            throw Problem(.badRequest, "The body is not the expected JSON: \(error).")
        }
        self.tags = try Self.tags(tags)
    }

    /// The tags that a body named, of which there must be some, and none that covers everything.
    static func tags(_ list: TagList?) throws(Problem) -> [Tag] {
        guard let list, !list.tags.isEmpty, !list.coversAll else {
            throw Problem(
                .badRequest,
                "The body needs \"tags\", a list of tags that are not empty: [[\"todos\"],[\"todo\",42]]."
            )
        }
        return list.tags
    }
}
