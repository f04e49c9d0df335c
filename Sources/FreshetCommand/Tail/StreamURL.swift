import ArgumentParser
import Foundation

/// Where a service's stream is: given as the base, `http://127.0.0.1:8080/api/invalidator`, or as the route itself.
struct StreamURL: ExpressibleByArgument, Sendable {
    private let components: URLComponents

    init?(argument: String) {
        guard var components = URLComponents(string: argument), let scheme = components.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = components.host, !host.isEmpty,
            components.query == nil, components.fragment == nil, components.user == nil
        else { return nil }
        while components.percentEncodedPath.hasSuffix("/") { components.percentEncodedPath.removeLast() }
        if !components.percentEncodedPath.hasSuffix("/sse") { components.percentEncodedPath += "/sse" }
        self.components = components
    }

    /// The address for a request.
    func text(tags: [String]) -> String {
        var components = components
        if !tags.isEmpty {
            let unreserved = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
                .union(CharacterSet(charactersIn: "-._~/"))
            let values = tags.map { $0.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "" }
            components.percentEncodedQuery = values.map { "tags=\($0)" }.joined(separator: "&")
        }
        return components.string ?? ""
    }
}
