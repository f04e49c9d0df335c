import ArgumentParser
import FreshetClient
import Testing

@testable import FreshetCommand

@Suite struct TailRefusalTests {
    private func refusal(_ status: Int, detail: String? = nil, hasToken: Bool = true) -> TailRefusal {
        TailRefusal(FreshetClient.Refusal(status: status, detail: detail, url: "http://a/sse"), hasToken: hasToken)
    }

    @Test func `a refused credential and a missing one are told apart, with one exit code`() {
        #expect(refusal(401).exitCode == ExitCode(77))
        #expect(refusal(401, hasToken: false).exitCode == ExitCode(77))
        #expect(refusal(401).description.contains("revoked"))
        #expect(refusal(401, hasToken: false).description.contains("FRESHET_TOKEN"))
        #expect(refusal(403, detail: "Not from here.").description.contains("Not from here."))
    }

    @Test func `too many streams and a wrong address have codes and sentences of their own`() {
        #expect(refusal(429).exitCode == ExitCode(75))
        #expect(refusal(404).exitCode == .failure)
        #expect(refusal(404).description.contains("http://a/sse"))
        #expect(refusal(200).description.contains("no event stream"))
        #expect(refusal(400, detail: "The tag is none.").description.contains("The tag is none."))
    }
}
