import Testing

@testable import FreshetClient

@Suite struct RefusalTests {
    @Test func `the detail of a problem is found, and nothing else is taken for one`() {
        func detail(_ json: String) -> String? { FreshetClient.Refusal.detail(problem: Array(json.utf8)) }
        #expect(detail(#"{"title":"x","status":403,"detail":"No."}"#) == "No.")
        #expect(detail(#"{"detail":4}"#) == nil)
        #expect(detail("<html>") == nil)
        #expect(detail("") == nil)
    }

    @Test(arguments: [200, 401, 403, 404, 429, 400])
    func `each says what happened in one sentence, with its status or its address`(_ status: Int) {
        let text = "\(FreshetClient.Refusal(status: status, detail: "No.", url: "http://a/sse"))"
        #expect(text.contains("\(status)") || text.contains("http://a/sse"))
        #expect(text.hasSuffix(".") || text.hasSuffix("?"))
    }
}
