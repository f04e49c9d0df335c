import Foundation
import JWTKit

/// The public keys of a set as it was read at one time.
package struct WebKeySet: Sendable {
    private let jwks: JWKS

    /// - Throws: where it is no set, or holds no key that could be used.
    package init(json: [UInt8]) throws {
        jwks = try JSONDecoder().decode(Lenient.self, from: Data(json)).jwks
        guard !jwks.keys.isEmpty else { throw NoKey() }
    }

    package struct NoKey: Error, CustomStringConvertible {
        package let description = "it holds no key of RSA, EC or OKP with a kid"
    }

    /// How many keys it has.
    package var count: Int { jwks.keys.count }

    /// Keys of kinds that nobody here knows are no fault of the set (RFC 7517 §5).
    private struct Lenient: Decodable {
        let jwks: JWKS

        private struct Members: Decodable { let keys: [Key] }

        private struct Key: Decodable {
            let value: JWK?

            init(from decoder: any Decoder) throws {
                let use = try? decoder.container(keyedBy: Use.self).decode(String.self, forKey: .use)
                let key = use == nil || use == "sig" ? try? JWK(from: decoder) : nil
                value = key?.keyIdentifier == nil ? nil : key
            }

            private enum Use: String, CodingKey { case use }
        }

        init(from decoder: any Decoder) throws {
            jwks = JWKS(keys: try Members(from: decoder).keys.compactMap(\.value))
        }
    }

    func knows(_ kid: String) -> Bool { jwks.find(identifier: kid)?.isEmpty == false }

    /// Whether the key of this name is for this algorithm.
    func allows(_ algorithm: JWK.Algorithm, by kid: String) -> Bool {
        jwks.find(identifier: kid)?.contains { $0.algorithm == nil || $0.algorithm == algorithm } == true
    }

    /// What verifies with them. A key that is none, though it looks like one, is left out.
    func collection() async -> JWTKeyCollection {
        let keys = JWTKeyCollection()
        for key in jwks.keys { _ = try? await keys.add(jwk: key) }
        return keys
    }
}
