import Foundation

/// What a token says of how it is signed (RFC 7515 §4.1).
struct WebTokenHeader: Decodable {
    let alg: String
    let kid: String?

    /// Extensions that must be understood; none is.
    private let crit: [String]?

    init?(of token: String) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let json = Base64.decode(parts[0], .url),
            let header = try? JSONDecoder().decode(Self.self, from: Data(json)), header.crit == nil
        else { return nil }
        self = header
    }
}
