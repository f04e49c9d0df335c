import Foundation
import Synchronization
import Testing

@testable import TokenFormats

/// Against tokens that another implementation has made (`Vectors/make_jwt.py`).
@Suite struct WebTokensTests {
    private struct File: Decodable {
        let secret: String
        let end: Double
        let sets: [String: JSONText]
        let valid: [String: String]
        let refused: [String: String]
        let newer: String
        let edwards: String
        let encryption: String
        let hs256: String
        let hs384: String
    }

    /// Any JSON, as text again.
    private struct JSONText: Decodable {
        let bytes: [UInt8]

        private enum Value: Codable {
            case object([String: Value])
            case array([Value])
            case text(String)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let text = try? container.decode(String.self) {
                    self = .text(text)
                } else if let array = try? container.decode([Value].self) {
                    self = .array(array)
                } else {
                    self = .object(try container.decode([String: Value].self))
                }
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .object(let members): try container.encode(members)
                case .array(let values): try container.encode(values)
                case .text(let text): try container.encode(text)
                }
            }
        }

        init(from decoder: any Decoder) throws { bytes = Array(try JSONEncoder().encode(try Value(from: decoder))) }
    }

    private static let file: File = Vectors.read("jwt")
    private static let rules = WebTokenRules(issuer: "https://issuer.example", audience: "app")
    private static let claim = SessionClaim(key: "s-1", user: "ann", notAfter: file.end)
    private static let now = 1_800_000_000.0

    private static func set(_ name: String) throws -> WebKeySet { try WebKeySet(json: file.sets[name]?.bytes ?? []) }

    private static func tokens(_ name: String, _ rules: WebTokenRules = rules) throws -> WebTokens {
        let set = try set(name)
        return WebTokens(rules: rules, keys: .set { set }, patience: .zero)
    }

    private static func verdict(_ tokens: WebTokens, _ token: String, now: Double = now) async -> WebTokens.Verdict {
        await tokens.verdict(on: PresentedToken(token), now: now)
    }

    @Test(arguments: file.valid.keys.sorted()) func `a token that a key of the set has signed is a claim`(
        name: String
    ) async throws {
        let tokens = try Self.tokens("old")
        #expect(await Self.verdict(tokens, Self.file.valid[name, default: ""]) == .claim(Self.claim))
    }

    @Test(arguments: file.refused.keys.sorted()) func `a token is refused that has`(name: String) async throws {
        let tokens = try Self.tokens("old")
        #expect(await Self.verdict(tokens, Self.file.refused[name, default: ""]) == .refused)
    }

    @Test func `where nobody is named, anybody may have made it, for anybody`() async throws {
        let tokens = try Self.tokens("old", WebTokenRules())
        for name in ["another issuer", "another audience", "no audience"] {
            #expect(await Self.verdict(tokens, Self.file.refused[name, default: ""]) == .claim(Self.claim), "\(name)")
        }
    }

    @Test func `the claims that name user and session can be others`() async throws {
        let rules = WebTokenRules(userClaim: "session_id", sessionClaims: ["sub"])
        let verdict = await Self.verdict(try Self.tokens("old", rules), Self.file.valid["RS256", default: ""])
        #expect(verdict == .claim(SessionClaim(key: "ann", user: "s-1", notAfter: Self.file.end)))
    }

    @Test func `it ends when it says`() async throws {
        let tokens = try Self.tokens("old")
        let token = Self.file.valid["RS256", default: ""]
        #expect(await Self.verdict(tokens, token, now: Self.file.end - 1) != .refused)
        #expect(await Self.verdict(tokens, token, now: Self.file.end) == .refused)
    }

    @Test func `no byte of it can be changed`() async throws {
        let tokens = try Self.tokens("old")
        let bytes = Array(Self.file.valid["ES256", default: ""].utf8)
        for index in bytes.indices {
            var changed = bytes
            changed[index] = bytes[index] == UInt8(ascii: "b") ? UInt8(ascii: "d") : UInt8(ascii: "b")
            let verdict = await Self.verdict(tokens, String(decoding: changed, as: UTF8.self))
            // The last letter of base64 may hold bits that count for nothing.
            #expect(verdict == .refused || index > bytes.count - 3, "byte \(index)")
        }
        for garbage in ["", ".", "..", "...", "e30.e30.", "a.b.c", String(repeating: "a", count: 4_000)] {
            #expect(await Self.verdict(tokens, garbage) == .refused)
        }
    }

    // MARK: Sets of keys

    @Test func `keys of kinds that are not known, or that are for encryption, are left out`() async throws {
        #expect(try Self.set("new").count == 2)
        let tokens = try Self.tokens("new")
        for token in [Self.file.newer, Self.file.edwards] {
            #expect(await Self.verdict(tokens, token) == .claim(Self.claim))
        }
        #expect(await Self.verdict(tokens, Self.file.encryption) == .refused)
        // Nor does a secret in the set verify anything.
        #expect(await Self.verdict(tokens, Self.file.hs256) == .refused)
        for json in ["", "{}", "[]", #"{"keys":[]}"#, #"{"keys":[{"kty":"quantum","kid":"x"}]}"#] {
            #expect(throws: (any Error).self) { try WebKeySet(json: Array(json.utf8)) }
        }
    }

    /// A set that changes, and can be away.
    private final class Issuer: Sendable {
        let state = Mutex<(name: String?, asked: Int)>(("old", 0))

        func set() throws -> WebKeySet {
            let name = state.withLock {
                $0.asked += 1
                return $0.name
            }
            guard let name else { throw CancellationError() }
            return try WebTokensTests.set(name)
        }
    }

    @Test func `a key that is not known is asked for once in a while, and until then nobody is refused for it`()
        async throws
    {
        let issuer = Issuer()
        let tokens = WebTokens(rules: Self.rules, keys: .set { try issuer.set() }, patience: .seconds(3_600))
        let old = Self.file.valid["RS256", default: ""]
        for _ in 0..<2 { #expect(await Self.verdict(tokens, old) == .claim(Self.claim)) }
        for _ in 0..<50 { #expect(await Self.verdict(tokens, Self.file.newer) == .unavailable) }
        #expect(await Self.verdict(tokens, old) == .claim(Self.claim))
        #expect(issuer.state.withLock(\.asked) == 1)
    }

    @Test func `a new key verifies as soon as the set has it, and one that was withdrawn does no more`() async throws {
        let issuer = Issuer()
        let tokens = WebTokens(rules: Self.rules, keys: .set { try issuer.set() }, patience: .zero)
        let old = Self.file.valid["RS256", default: ""]
        #expect(await Self.verdict(tokens, Self.file.newer) == .refused)
        #expect(await Self.verdict(tokens, old) == .claim(Self.claim))
        issuer.state.withLock { $0.name = "new" }
        #expect(await Self.verdict(tokens, Self.file.newer) == .claim(Self.claim))
        #expect(await Self.verdict(tokens, old) == .refused)
    }

    @Test func `while the keys cannot be had nobody is refused for good, and what is known goes on`() async throws {
        let issuer = Issuer()
        issuer.state.withLock { $0.name = nil }
        let tokens = WebTokens(rules: Self.rules, keys: .set { try issuer.set() }, patience: .zero)
        let old = Self.file.valid["RS256", default: ""]
        #expect(await Self.verdict(tokens, old) == .unavailable)
        issuer.state.withLock { $0.name = "old" }
        #expect(await Self.verdict(tokens, old) == .claim(Self.claim))
        issuer.state.withLock { $0.name = nil }
        #expect(await Self.verdict(tokens, Self.file.newer) == .unavailable)
        #expect(await Self.verdict(tokens, old) == .claim(Self.claim))
    }

    // MARK: Secrets

    @Test func `a secret verifies HS256 and nothing else, and one that was replaced as long as it is listed`() async {
        for secrets in [[Self.file.secret], ["a newer secret of thirty-two bytes", Self.file.secret]] {
            let tokens = WebTokens(rules: Self.rules, keys: .secrets(secrets.map { TokenSecret($0) }))
            let claim = SessionClaim(key: "s-1", user: "42", notAfter: Self.file.end)
            #expect(await Self.verdict(tokens, Self.file.hs256) == .claim(claim))
            for token in [Self.file.hs384, Self.file.valid["RS256", default: ""]] + Self.file.refused.values {
                #expect(await Self.verdict(tokens, token) == .refused)
            }
        }
        let tokens = WebTokens(
            rules: Self.rules,
            keys: .secrets([TokenSecret("a newer secret of thirty-two bytes"), TokenSecret("short")])
        )
        #expect(await Self.verdict(tokens, Self.file.hs256) == .refused)
    }
}
