import Crypto
import Foundation
import SeededRandom
import Testing

@testable import TokenFormats

/// Against what Django itself has written (`Vectors/make_django.py`).
@Suite struct DjangoSessionsTests {
    private struct File: Decodable {
        let secret: String
        let password: String
        let hash: String
        let sessions: [String: String]
    }

    private static let file: File = Vectors.read("django")

    private static let key = SessionClaim(key: "abcdefghijklmnopqrstuvwxyz012345")

    private static func claims(_ name: String, secrets: [String] = [file.secret]) -> [String] {
        DjangoSessions(secrets: secrets.map { TokenSecret($0) })
            .claims(after: key, data: file.sessions[name, default: ""]).map(\.key)
    }

    @Test(arguments: ["login", "long"])
    func `a login is read, with what proves the user's password`(name: String) throws {
        let claims = Self.claims(name)
        #expect(claims.count == 1)
        let parts = try #require(claims.first).split(separator: "/").map(String.init)
        #expect(parts.prefix(3) == [Self.key.key, "42", Self.file.hash])
        // As the database will: by this key the password's hash gives the session's.
        let proof = SymmetricKey(data: try #require(Hexadecimal.decode(parts[3])))
        let code = HMAC<SHA256>.authenticationCode(for: Array(Self.file.password.utf8), using: proof)
        #expect(Hexadecimal.text(of: code) == Self.file.hash)
    }

    @Test func `what gains nothing is not compressed, and a user's id may be any text`() {
        #expect(
            Self.file.sessions["plain"]?.hasPrefix(".") == false && Self.file.sessions["long"]?.hasPrefix(".") == true
        )
        #expect(Self.claims("plain").first?.hasPrefix(Self.key.key + "/a'b/h/") == true)
    }

    @Test func `nobody is found in a session without a login, or that another secret has signed`() {
        #expect(Self.claims("anonymous").isEmpty)
        #expect(Self.claims("login", secrets: ["another"]).isEmpty)
        #expect(Self.claims("login", secrets: ["another", Self.file.secret]).count == 2)
        for garbage in ["", ":", "::", ".:x:y", "e30:x:y"] {
            #expect(DjangoSessions(secrets: [TokenSecret("x")]).claims(after: Self.key, data: garbage).isEmpty)
        }
    }

    @Test func `a cookie that has not the shape of a key is none, so that nobody asks for a user directly`() {
        let format = DjangoSessions(secrets: [TokenSecret("x")])
        #expect(format.claim(of: PresentedToken(Self.key.key), now: 0) == Self.key)
        for other in ["", "short", Self.key.key.uppercased(), "\(Self.key.key)/42/h/00", "abcdefgh'", "abcdefgh\0"] {
            #expect(format.claim(of: PresentedToken(other), now: 0) == nil, "\(other)")
        }
    }
}

/// Against zlib's own compression.
@Suite struct InflateTests {
    private struct File: Decodable {
        let zlib: [Vector]
    }

    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let size: Int
        let sha256: String
        let zlib: Data

        var testDescription: String { name }
    }

    private static let vectors = (Vectors.read("django") as File).zlib

    @Test(arguments: vectors) func `what zlib has compressed comes out as it was`(vector: Vector) throws {
        let plain = try #require(Inflate.zlib(Array(vector.zlib), limit: vector.size))
        #expect(plain.count == vector.size)
        #expect(Hexadecimal.text(of: SHA256.hash(data: plain)) == vector.sha256)
        #expect(vector.size == 0 || Inflate.zlib(Array(vector.zlib), limit: vector.size - 1) == nil)
    }

    @Test(arguments: vectors.filter { $0.zlib.count < 2_000 })
    func `what ends early or was changed ends within its bounds`(vector: Vector) {
        let bytes = Array(vector.zlib)
        // The checksum at the end is not read.
        for count in 0..<(bytes.count - 4) { #expect(Inflate.zlib(Array(bytes.prefix(count)), limit: 80_000) == nil) }
        var random = SeededRandom(seed: 7)
        for _ in 0..<500 {
            var changed = bytes
            for _ in 0..<2 {
                changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            #expect(Inflate.zlib(changed, limit: 80_000).map { $0.count <= 80_000 } ?? true)
        }
    }
}
