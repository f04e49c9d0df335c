import HTTPTypes
import Testing

@testable import HTTPAPI

@Suite struct OriginPolicyTests {
    private let policy = OriginPolicy(allowed: ["https://app.example.com"])

    private func passes(_ fields: HTTPFields) -> Bool {
        do {
            try policy.check(fields, authority: "api.example.com:8080")
            return true
        } catch { return false }
    }

    @Test(arguments: ["same-origin", "none"])
    func `a browser that says same-origin passes`(site: String) {
        #expect(passes([.secFetchSite: site]))
    }

    @Test(arguments: ["same-site", "cross-site", "nonsense"])
    func `any other site needs an allowed origin`(site: String) {
        #expect(!passes([.secFetchSite: site]))
        #expect(!passes([.secFetchSite: site, .origin: "https://evil.example.com"]))
        #expect(passes([.secFetchSite: site, .origin: "https://app.example.com"]))
    }

    @Test func `without the header an origin must be ours or allowed`() {
        #expect(passes([:]))
        #expect(passes([.origin: "http://api.example.com:8080"]))
        #expect(passes([.origin: "https://API.example.com:8080"]))
        #expect(passes([.origin: "https://app.example.com"]))
        #expect(!passes([.origin: "https://api.example.com"]))
        #expect(!passes([.origin: "https://app.example.com.evil.com"]))
        #expect(!passes([.origin: ""]))
    }

    @Test func `the origin null never passes`() {
        #expect(!passes([.origin: "null"]))
        #expect(!passes([.origin: "null", .secFetchSite: "same-origin"]))
        let lax = OriginPolicy(allowed: ["null"])
        #expect(throws: Problem.self) { try lax.check([.origin: "null"], authority: nil) }
    }

    @Test func `only an allowed origin may read the answer, and caches are told so`() {
        #expect(OriginPolicy(allowed: []).corsFields([.origin: "https://app.example.com"]).isEmpty)
        let stranger = policy.corsFields([.origin: "https://evil.example.com"])
        #expect(stranger[.accessControlAllowOrigin] == nil)
        #expect(stranger[.vary] == "Origin")
        let friend = policy.corsFields([.origin: "https://app.example.com"])
        #expect(friend[.accessControlAllowOrigin] == "https://app.example.com")
        #expect(friend[.accessControlAllowCredentials] == "true")
    }
}
