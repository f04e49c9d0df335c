import FreshetClient
import Testing

@Suite struct StreamURLTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080/api/invalidator", "http://127.0.0.1:8080/api/invalidator/sse"),
        ("http://127.0.0.1:8080/api/invalidator/", "http://127.0.0.1:8080/api/invalidator/sse"),
        ("https://example.com/api/invalidator/sse", "https://example.com/api/invalidator/sse"),
        ("http://[::1]:8080", "http://[::1]:8080/sse"),
    ])
    func `the base and the route itself are both an address`(_ given: String, _ asked: String) throws {
        #expect(try #require(StreamURL(text: given)).text == asked)
    }

    @Test(arguments: [
        "", "example.com", "ftp://example.com/", "http://", "http:///x", "http://a/b?c=d", "http://a/b#c",
        "http://u:p@a/",
    ])
    func `what is no address of a service is refused`(_ text: String) {
        #expect(StreamURL(text: text) == nil)
    }

    @Test func `tags are percent-encoded once, and keep their slashes`() {
        let url: StreamURL = "http://a"
        let filtered = url.filtered(by: ["todos", "a%2Fb/ü &+"])
        #expect(filtered.text == "http://a/sse?tags=todos&tags=a%252Fb/%C3%BC%20%26%2B")
        #expect(filtered.filtered(by: []) == url)
    }
}
