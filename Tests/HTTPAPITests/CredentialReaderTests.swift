import HTTPTypes
import SessionAuth
import Testing

@testable import HTTPAPI

@Suite struct CredentialReaderTests {
    private let reader = CredentialReader(cookies: ["__Host-session", "session"])

    /// The finding as text: `bearer:<digest>` is enough to compare without opening a credential.
    private func found(_ fields: HTTPFields) -> String {
        switch reader.read(fields) {
        case .none: "none"
        case .malformed: "malformed"
        case .bearer(let credential): "bearer \(credential.digest)"
        case .cookie(let credential): "cookie \(credential.digest)"
        }
    }

    private func digest(_ text: String, _ cookie: String? = nil) throws -> String {
        "\(try #require(Credential(text, cookie: cookie)).digest)"
    }

    @Test func `a bearer token wins over every cookie`() throws {
        #expect(found([.authorization: "Bearer abc", .cookie: "session=x"]) == "bearer \(try digest("abc"))")
        #expect(found([.authorization: "bearer  abc"]) == "bearer \(try digest("abc"))")
    }

    @Test func `an empty bearer token is no credential, and no cookie stands in for it`() {
        #expect(found([.authorization: "Bearer", .cookie: "session=x"]) == "malformed")
        #expect(found([.authorization: "Bearer ", .cookie: "session=x"]) == "malformed")
    }

    @Test func `another scheme leaves the cookie to count`() throws {
        #expect(found([.authorization: "Basic abc", .cookie: "session=x"]) == "cookie \(try digest("x", "session"))")
    }

    @Test func `cookies are tried in the configured order, and of one name the first counts`() throws {
        #expect(found([.cookie: "session=a; __Host-session=b"]) == "cookie \(try digest("b", "__Host-session"))")
        #expect(found([.cookie: "other=1; session=a; session=c"]) == "cookie \(try digest("a", "session"))")
        #expect(found([.cookie: "Session=a; xsession=b; session"]) == "none")
    }

    @Test func `a cookie's value is percent-decoded once, and plus stays`() throws {
        #expect(found([.cookie: "session=a%2Bb+c%3D"]) == "cookie \(try digest("a+b+c=", "session"))")
        #expect(found([.cookie: "session=a%252F"]) == "cookie \(try digest("a%2F", "session"))")
        #expect(found([.cookie: "session=100%"]) == "cookie \(try digest("100%", "session"))")
        #expect(found([.cookie: "session=%00"]) == "malformed")
    }

    @Test func `a name is not decoded`() {
        #expect(found([.cookie: "%5F_Host-session=b"]) == "none")
    }

    @Test func `what is longer than any token is malformed`() {
        #expect(found([.cookie: "session=" + String(repeating: "a", count: 4_097)]) == "malformed")
    }
}
