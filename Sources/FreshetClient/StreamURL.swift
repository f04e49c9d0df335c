import Foundation
import Invalidation

import struct Invalidation.Tag

/// Where a service's stream is: given as the base, `http://127.0.0.1:8080/api/invalidator`, or as the route itself.
public struct StreamURL: Sendable, Hashable {
    private var components: URLComponents

    /// Reads an absolute address with `http` or `https`; nil where it is none, or has a user, a query or a fragment in it.
    public init?(text: String) {
        guard var components = URLComponents(string: text), let scheme = components.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = components.host, !host.isEmpty,
            components.query == nil, components.fragment == nil, components.user == nil
        else { return nil }
        while components.percentEncodedPath.hasSuffix("/") { components.percentEncodedPath.removeLast() }
        if !components.percentEncodedPath.hasSuffix("/sse") { components.percentEncodedPath += "/sse" }
        self.components = components
    }

    /// The route, as a request names it.
    public var text: String { components.string ?? "" }

    /// The same route, which tells only of what covers, or is covered by, one of these (CONTRACT.md §5).
    ///
    /// - Parameter tags: in text form, several in one separated by commas; what is no tag the service refuses. None: all.
    public func filtered(by tags: [String]) -> StreamURL {
        var copy = self
        let values = tags.map { "tags=" + Self.encoded($0) }
        copy.components.percentEncodedQuery = values.isEmpty ? nil : values.joined(separator: "&")
        return copy
    }

    /// The same with tags that are read already.
    func filtered(by tags: [Tag]) -> StreamURL {
        // A comma separates tags, so one inside of a segment is escaped once more, as a slash is.
        filtered(by: tags.map { $0.text.replacing(",", with: "%2C") })
    }

    /// The address without a filter, as a message names it.
    var withoutQuery: String {
        var components = components
        components.percentEncodedQuery = nil
        return components.string ?? ""
    }

    /// Percent-encodes all but what is unreserved (RFC 3986 §2.3), and slashes, which a query may have (§3.4).
    private static func encoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E: encoded.append(byte)
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%\(digits.count == 1 ? "0" : "")\(digits)".utf8
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

extension StreamURL: ExpressibleByStringLiteral {
    /// An address that stands in the code.
    ///
    /// - Precondition: it is one.
    public init(stringLiteral text: String) {
        guard let url = StreamURL(text: text) else { preconditionFailure("'\(text)' is no address of a service") }
        self = url
    }
}

extension StreamURL: CustomStringConvertible {
    /// The address, with its filter.
    public var description: String { text }
}
