import HTTPTypes
import NIOCore

/// The proxies whose word counts about who asked (`--trusted-proxy`).
package struct TrustedProxies: Sendable {
    /// Addresses that share their first bits.
    private struct Network: Sendable {
        let bytes: [UInt8]
        let bits: Int

        func contains(_ address: ClientAddress) -> Bool {
            guard bytes.count == address.bytes.count else { return false }
            return (0..<bits).allSatisfy { bit in
                (bytes[bit / 8] ^ address.bytes[bit / 8]) & (0x80 >> (bit % 8)) == 0
            }
        }
    }

    private var networks: [Network] = []

    /// None.
    package init() {}

    /// - Parameter texts: addresses, `127.0.0.1`, and networks, `10.0.0.0/8`.
    /// - Throws: the one that is neither.
    package init(_ texts: [String]) throws(NotAnAddress) {
        for text in texts {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let address = ClientAddress(parts[0]) else { throw NotAnAddress(text: text) }
            let all = address.bytes.count * 8
            let bits = parts.count == 2 ? Int(parts[1]) ?? -1 : all
            guard (0...all).contains(bits) else { throw NotAnAddress(text: text) }
            networks.append(Network(bytes: address.bytes, bits: bits))
        }
    }

    package struct NotAnAddress: Error {
        package let text: String
    }

    /// Whether the peer says that it asks for another, and is not one whose word counts: most likely a proxy that has not
    /// been named.
    func isDoubtful(_ peer: SocketAddress?, _ fields: HTTPFields) -> Bool {
        guard let peer = ClientAddress(peer), fields.contains(.xForwardedFor) else { return false }
        return !networks.contains { $0.contains(peer) }
    }

    /// Who asked: the peer, or where that is a trusted proxy the last one in `X-Forwarded-For` that is none. What stands
    /// before that anybody may have written.
    func client(of peer: SocketAddress?, _ fields: HTTPFields) -> ClientAddress? {
        guard var client = ClientAddress(peer) else { return nil }
        guard !networks.isEmpty else { return client }
        var hops = fields[values: .xForwardedFor].flatMap { $0.split(separator: ",") }
        while networks.contains(where: { $0.contains(client) }), let hop = hops.popLast() {
            let text = hop.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
            guard let address = ClientAddress(text) else { break }
            client = address
        }
        return client
    }
}

extension HTTPField.Name {
    fileprivate static let xForwardedFor = HTTPField.Name("X-Forwarded-For") ?? .via
}
