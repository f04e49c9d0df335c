import HTTPTypes
import Invalidation

/// The body of `POST {base}/invalidate`: `{"tags":[["todos"]],"scope":"user/42"}`.
struct InvalidateBody: Sendable {
    static let maximumBytes = 262_144

    let tags: [Tag]
    let scope: Scope

    init(json: [UInt8]) throws(Problem) {
        var tags: TagList?
        var scope = Scope.global.text
        do {
            var scanner = JSONScanner(json)
            try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
                switch name {
                case "tags": tags = try TagList(from: &scanner)
                case "scope": scope = try scanner.string()
                default: try scanner.skipValue()
                }
            }
            try scanner.end()
        } catch {
            throw Problem(.badRequest, "The body is not the expected JSON: \(error).")
        }
        guard let read = Scope(text: scope) else {
            throw Problem(.badRequest, "The scope '\(scope)' is neither global nor of the form kind/id.")
        }
        self.tags = try TagsBody.tags(tags)
        self.scope = read
    }
}
