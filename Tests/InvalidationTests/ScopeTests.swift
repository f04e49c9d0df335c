import Testing

@testable import Invalidation

@Suite struct ScopeTests {
    @Test(arguments: [
        "global", "*", "user/42", "tenant/acme", "user/a/b", "user//", "user/%2F", "user/é 𝄞", "a/b/c/d", "global/x",
    ])
    func `a scope is read and told as it is`(text: String) throws {
        #expect(try #require(Scope(text: text)).text == text)
    }

    @Test(arguments: ["", "user", "user/", "/42", "/", "Global", "globals", " global", "**"])
    func `what has no kind or no id is no scope`(text: String) {
        #expect(Scope(text: text) == nil)
    }

    @Test func `the id is not decoded`() {
        #expect(Scope(text: "user/a%2Fb") != Scope(text: "user/a/b"))
        #expect(Scope.user("a/b") == Scope(text: "user/a/b"))
    }

    @Test func `scopes compare by their bytes`() {
        #expect(Scope(text: "user/caf\u{e9}") != Scope(text: "user/cafe\u{301}"))
        #expect(Scope(text: "user/K") != Scope(text: "user/\u{212A}"))
    }

    @Test func `a scope past two thousand bytes is none`() {
        #expect(Scope(text: "user/" + String(repeating: "x", count: 1_995)) != nil)
        #expect(Scope(text: "user/" + String(repeating: "x", count: 1_996)) == nil)
        #expect(Scope(text: "user/" + String(repeating: "é", count: 998)) == nil)
    }
}
