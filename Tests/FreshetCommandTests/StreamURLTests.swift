import Testing

@testable import FreshetCommand

@Suite struct StreamURLTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080/api/invalidator", "http://127.0.0.1:8080/api/invalidator/sse"),
        ("http://127.0.0.1:8080/api/invalidator/", "http://127.0.0.1:8080/api/invalidator/sse"),
        ("https://example.com/api/invalidator/sse", "https://example.com/api/invalidator/sse"),
        ("http://[::1]:8080", "http://[::1]:8080/sse"),
    ])
    func `the base and the route itself are both an address`(_ given: String, _ asked: String) throws {
        #expect(try #require(StreamURL(argument: given)).text(tags: []) == asked)
    }

    @Test(arguments: [
        "", "example.com", "ftp://example.com/", "http://", "http:///x", "http://a/b?c=d", "http://a/b#c",
        "http://u:p@a/",
    ])
    func `what is no address of a service is refused`(_ text: String) {
        #expect(StreamURL(argument: text) == nil)
    }

    @Test func `tags are percent-encoded once, and keep their slashes`() throws {
        let url = try #require(StreamURL(argument: "http://a"))
        #expect(url.text(tags: ["todos", "a%2Fb/ü &+"]) == "http://a/sse?tags=todos&tags=a%252Fb/%C3%BC%20%26%2B")
    }

    @Test(arguments: ["", "a b", "a\r\nX: y", "grün"])
    func `a token that could not stand in a header is refused, and none is printed`(_ text: String) throws {
        #expect(BearerToken(text) == nil)
        #expect(!"\(try #require(BearerToken("secret")))".contains("secret"))
    }
}
