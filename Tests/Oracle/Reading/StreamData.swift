import Foundation

/// The members of an event's data (CONTRACT.md §5).
struct StreamData: Decodable {
    var tags: [[Segment]]?
    var scopes: [String]?
    var txids: [String]?
    var resumed: Bool?
    var reason: String?

    enum Segment: Decodable {
        case text(String)
        case number(Int)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        /// As in a tag's text form.
        var escaped: String {
            switch self {
            case .number(let number): String(number)
            case .text(let text): text.replacing("%", with: "%25").replacing("/", with: "%2F")
            }
        }
    }

    init?(_ text: String) {
        guard let data = try? JSONDecoder().decode(StreamData.self, from: Data(text.utf8)) else { return nil }
        self = data
    }

    var tagTexts: [String] { (tags ?? []).map { $0.map(\.escaped).joined(separator: "/") } }
}
