import Testing

@testable import Invalidation

@Suite struct GrantsTests {
    private func scope(_ text: String) throws -> Scope { try #require(Scope(text: text)) }

    @Test func `a user hears global, its own scope, and the extra ones, in this order`() {
        let grants = Grants(user: "42", extra: ["tenant/acme", "team/7"])
        #expect(grants.scopes.map(\.text) == ["global", "user/42", "tenant/acme", "team/7"])
    }

    @Test func `no scope stands twice`() {
        let grants = Grants(user: "42", extra: ["global", "user/42", "tenant/acme", "tenant/acme"])
        #expect(grants.scopes.map(\.text) == ["global", "user/42", "tenant/acme"])
    }

    @Test func `what is no scope grants nothing, and neither does the scope of everyone`() {
        let grants = Grants(user: "42", extra: ["", "tenant", "*", "/", "tenant/"])
        #expect(grants.scopes.map(\.text) == ["global", "user/42"])
    }

    @Test func `a change is heard in a granted scope and in the scope of everyone only`() throws {
        let grants = Grants(user: "42", extra: ["tenant/acme"])
        for text in ["global", "user/42", "tenant/acme", "*"] { #expect(try grants.hears(scope(text))) }
        for text in ["user/4", "user/421", "user/43", "tenant/ac", "tenant/acme/x", "team/42"] {
            #expect(try !grants.hears(scope(text)))
        }
    }

    @Test func `without a credential only global is heard`() throws {
        #expect(Grants.anonymous.scopes == [.global])
        #expect(Grants.anonymous.hears(.everyone))
        #expect(try !Grants.anonymous.hears(scope("user/42")))
    }

    @Test func `the order in which the database lists the extra scopes makes no other grants`() {
        let one = Grants(user: "42", extra: ["tenant/acme", "team/7"])
        let other = Grants(user: "42", extra: ["team/7", "tenant/acme"])
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != Grants(user: "42", extra: ["tenant/acme"]))
        #expect(one != Grants(user: "42", extra: ["tenant/acme", "team/8"]))
    }
}
