import SeededRandom
import Testing

@testable import TokenFormats

@Suite struct TokenFormatTests {
    @Test(arguments: TokenVector.valid)
    func `a cookie as its framework makes it stands for its session`(vector: TokenVector) {
        #expect(vector.claim()?.key == vector.key)
    }

    @Test(arguments: TokenVector.refused)
    func `what is signed for something else, is over, or holds no session is refused`(vector: TokenVector) {
        #expect(vector.claim() == nil)
    }

    @Test(arguments: TokenVector.valid)
    func `a secret that has been replaced verifies as long as it is listed, and not longer`(vector: TokenVector) {
        let other = vector.format == "laravel" ? "base64:" + String(repeating: "A", count: 43) + "=" : "another secret"
        #expect(vector.claim(secrets: [other, vector.secret])?.key == vector.key)
        #expect(vector.claim(secrets: [other]) == nil)
    }

    @Test(arguments: TokenVector.valid)
    func `no byte of it can be changed`(vector: TokenVector) {
        let bytes = Array(vector.token.utf8)
        for index in bytes.indices {
            var changed = bytes
            // Another letter of base64 and of hexadecimal digits, whichever stands there.
            changed[index] = bytes[index] == UInt8(ascii: "b") ? UInt8(ascii: "d") : UInt8(ascii: "b")
            let claim = vector.claim(of: String(decoding: changed, as: UTF8.self))
            // The last letter of base64 may hold bits that count for nothing, and Laravel's JSON an empty member.
            let isEmpty = vector.format == "laravel" || index > bytes.count - 4
            #expect(claim == nil || claim?.key == vector.key && isEmpty, "byte \(index)")
        }
        for count in bytes.indices {
            let claim = vector.claim(of: String(decoding: bytes.prefix(count), as: UTF8.self))
            #expect(claim == nil || bytes.suffix(from: count).allSatisfy { $0 == UInt8(ascii: "=") }, "\(count) bytes")
        }
        #expect(vector.claim(of: vector.token + "b") == nil)
    }

    /// No format falls back to another (CONTRACT.md §6).
    @Test(arguments: TokenVector.valid)
    func `a cookie of one format is nothing to the others`(vector: TokenVector) {
        for other in TokenVector.valid where other.format != vector.format {
            #expect(other.claim(of: vector.token, in: vector.cookie, secrets: [other.secret]) == nil)
        }
    }

    @Test(arguments: TokenVector.valid.filter { ["rails-signed", "adonis-signed", "laravel"].contains($0.format) })
    func `a format that signs the cookie's name takes the value in no other cookie, nor as a bearer token`(
        vector: TokenVector
    ) {
        #expect(vector.claim(in: "other") == nil)
        #expect(vector.claim(in: .some(nil)) == nil)
    }

    @Test func `a cookie of Rails ends when it says, and the session with it`() {
        let vector = TokenVector.valid.first { $0.format == "rails-signed" }
        #expect(vector?.claim()?.notAfter == 2_398_377_600)
        #expect(vector?.claim(now: 2_398_377_599) != nil)
        #expect(vector?.claim(now: 2_398_377_600) == nil)
    }

    @Test func `garbage is nothing, whatever it looks like`() {
        var random = SeededRandom(seed: 7)
        let shapes = ["", ".", "..", "--", "s:", "s:.", "SFMyNTY..", "SFMyNTY.g3QAAAAA.", "a--", "e30=", "bnVsbA=="]
        for vector in TokenVector.valid {
            for shape in shapes { #expect(vector.claim(of: shape) == nil, "\(shape)") }
            for _ in 0..<200 {
                var bytes = Array(vector.token.utf8)
                for _ in 0..<3 {
                    bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 1...255, using: &random)
                }
                let text = String(decoding: bytes, as: UTF8.self)
                if text != vector.token, let claim = vector.claim(of: text) {
                    #expect(claim.key == vector.key, "\(text)")
                }
            }
        }
    }

    @Test func `a secret that is no key of the format makes no format`() {
        #expect(TokenFormatName.laravel.format(secrets: [TokenSecret("base64:short")], salt: "") == nil)
        #expect(
            TokenFormatName.laravel.format(secrets: [TokenSecret("32 letters, but one key too many.")], salt: "") == nil
        )
    }

    @Test func `neither tokens nor secrets nor claims are printed`() {
        let words = "\(PresentedToken("hush")) \(TokenSecret("hush")) \(SessionClaim(key: "hush"))"
        #expect(!words.contains("hush"))
        var text = ""
        dump(TokenSecret("hush"), to: &text)
        dump(SessionClaim(key: "hush"), to: &text)
        #expect(!text.contains("hush"))
    }
}
