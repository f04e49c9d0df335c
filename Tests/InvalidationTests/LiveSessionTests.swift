import Testing

@testable import Invalidation

@Suite struct LiveSessionTests {
    @Test func `without a session the grants are the anonymous ones`() {
        let live = LiveSession(nil)
        #expect(live.session == nil)
        #expect(live.grants == .anonymous)
    }

    @Test func `the first reason to end stands`() {
        let live = LiveSession(Session(userID: "42"))
        #expect(live.ended == nil)
        live.end(.revoked)
        live.end(.expired)
        #expect(live.ended == .revoked)
    }

    @Test func `it tells whether new grants differ`() {
        let live = LiveSession(Session(userID: "42", scopes: ["tenant/a", "tenant/b"]))
        #expect(!live.update(Session(userID: "42", expiresAt: 12, scopes: ["tenant/b", "tenant/a"])))
        #expect(live.session?.expiresAt == 12)
        #expect(live.update(Session(userID: "42", scopes: ["tenant/a"])))
        #expect(live.grants.scopes.map(\.text) == ["global", "user/42", "tenant/a"])
    }

    @Test func `it is held until it is released`() {
        let live = LiveSession(nil)
        #expect(!live.isHeld)
        live.setHeld(true)
        #expect(live.isHeld)
        live.setHeld(false)
        #expect(!live.isHeld)
    }
}
