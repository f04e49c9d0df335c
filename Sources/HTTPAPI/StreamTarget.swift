import EventStream
import HTTPTypes
import Invalidation

/// What a request for a stream asks: its query, and the position that it comes with (CONTRACT.md §5).
struct StreamTarget: Sendable {
    let filter: TagFilter?
    let resume: StreamRequest.Resume

    /// - Throws: a problem where `tags` is no list of tags. A position that is none is no problem but a `reset`.
    init(path: String, fields: HTTPFields) throws(Problem) {
        var tags: [Tag] = []
        var lastEventID: String?
        for (name, value) in Self.query(of: path) {
            switch name {
            case "tags":
                for text in value.split(separator: ",") {
                    // Clients encode the separating comma or not as they like, so a comma that belongs to a segment is
                    // escaped as a slash is.
                    guard let tag = Tag(text: Self.unescapedCommas(text)) else {
                        throw Problem(.badRequest, "The query parameter tags has '\(text)', which is no tag.")
                    }
                    tags.append(tag)
                }
            case "lastEventId": lastEventID = value
            default: break
            }
        }
        guard tags.count <= TagFilter.maximumTags else {
            throw Problem(.badRequest, "The query parameter tags has more than \(TagFilter.maximumTags) tags.")
        }
        filter = TagFilter(tags)
        // The header is what a browser sends when it reconnects by itself, and so is the newer one.
        if let header = fields[.lastEventID], !header.isEmpty { lastEventID = header }
        resume =
            switch lastEventID {
            case nil, "": .none
            case let text?: Position(text: text).map(StreamRequest.Resume.position) ?? .unknown
            }
    }

    private static func unescapedCommas(_ text: Substring) -> String {
        text.replacing("%2C", with: ",").replacing("%2c", with: ",").description
    }

    /// The parameters in order, percent-decoded once, `+` as a space (WHATWG URL §5.1).
    private static func query(of path: String) -> [(name: String, value: String)] {
        guard let mark = path.firstIndex(of: "?") else { return [] }
        return path[path.index(after: mark)...].split(separator: "&").map { parameter in
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decoded(parts[0]), parts.count == 2 ? decoded(parts[1]) : "")
        }
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                if rest.count >= 2, let value = UInt8(hex: rest.prefix(2)) {
                    bytes.append(value)
                    rest = rest.dropFirst(2)
                } else {
                    bytes.append(byte)
                }
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
