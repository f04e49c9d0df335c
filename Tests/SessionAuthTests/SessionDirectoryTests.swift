import Invalidation
import Testing
import TokenFormats

@testable import SessionAuth

@Suite struct SessionDirectoryTests {
    private static let credential = Credential("token") ?? { preconditionFailure("this is a credential") }()
    private static let key = SessionKey(credential)
    private static let claim = SessionClaim(key: "token", user: "42", notAfter: 7)

    private static func session(
        user: String = "42",
        id: String = "s1",
        expiresAt: Double? = nil,
        scopes: [String] = []
    ) -> Session {
        Session(userID: user, sessionID: id, expiresAt: expiresAt, scopes: scopes)
    }

    private func entered(_ session: Session = Self.session()) -> (SessionDirectory<SealedClaim>, LiveSession) {
        var directory = SessionDirectory<SealedClaim>()
        let live = directory.enter(Self.key, SealedClaim(Self.claim), session, missed: []).live
        return (directory, live)
    }

    @Test func `two streams of one credential share a session until the last one leaves`() {
        var (directory, live) = entered()
        let again = directory.enter(Self.key, SealedClaim(Self.claim), Self.session(), missed: [])
        #expect(again.live === live)
        #expect(!again.regrant)
        directory.leave(live)
        #expect(directory.count == 1)
        directory.leave(live)
        directory.leave(live)
        #expect(directory.count == 0)
    }

    @Test func `a signal means the session by its id or by its user`() {
        for signal in [SessionSignal.session("s1"), .user("42"), .all] {
            var (directory, live) = entered()
            #expect(directory.hear(signal).map(ObjectIdentifier.init) == [ObjectIdentifier(live)])
            #expect(directory.hasChecks)
        }
        var (directory, _) = entered()
        #expect(directory.hear(.session("s2")).isEmpty)
        #expect(directory.hear(.user("43")).isEmpty)
        #expect(!directory.hasChecks)
    }

    @Test func `a session is not asked for again before the question under way is answered`() throws {
        var (directory, _) = entered()
        _ = directory.hear(.user("42"))
        let first = try #require(directory.takeChecks(10).first)
        _ = directory.hear(.user("42"))
        #expect(directory.takeChecks(10).isEmpty)
        #expect(directory.hasChecks)
        guard case .unchanged = directory.settle(first, .session(Self.session()), now: 0) else {
            return #expect(Bool(false))
        }
        let second = try #require(directory.takeChecks(10).first)
        guard case .release = directory.settle(second, .session(Self.session()), now: 0) else {
            return #expect(Bool(false))
        }
    }

    @Test func `a check that began before the newest signal does not clear the session`() throws {
        var (directory, live) = entered()
        _ = directory.hear(.session("s1"))
        let early = try #require(directory.takeChecks(10).first)
        _ = directory.hear(.session("s1"))
        guard case .unchanged = directory.settle(early, .session(Self.session()), now: 0) else {
            return #expect(Bool(false))
        }
        let late = try #require(directory.takeChecks(10).first)
        guard case .release(let released) = directory.settle(late, .session(Self.session()), now: 0) else {
            return #expect(Bool(false))
        }
        #expect(released === live)
    }

    @Test func `a session that is gone, failed, or another user's ends as revoked`() throws {
        for result in [LookupResult.none, .failed("boom"), .session(Self.session(user: "43"))] {
            var (directory, live) = entered()
            _ = directory.hear(.all)
            let check = try #require(directory.takeChecks(10).first)
            guard case .end(let ended, .revoked) = directory.settle(check, result, now: 0) else {
                return #expect(Bool(false))
            }
            #expect(ended === live)
            #expect(directory.count == 0)
        }
    }

    @Test func `an unanswered check is made again and holds the session meanwhile`() throws {
        var (directory, _) = entered()
        _ = directory.hear(.all)
        let check = try #require(directory.takeChecks(10).first)
        guard case .unchanged = directory.settle(check, .unanswered, now: 0) else { return #expect(Bool(false)) }
        #expect(directory.hasChecks)
    }

    @Test func `changed grants are told, and a suspect session is released with them`() throws {
        var (directory, live) = entered()
        _ = directory.hear(.user("42"))
        let check = try #require(directory.takeChecks(10).first)
        guard
            case .regrant(_, andRelease: true) = directory.settle(
                check,
                .session(Self.session(scopes: ["tenant/a"])),
                now: 0
            )
        else { return #expect(Bool(false)) }
        #expect(live.grants.hears(Scope(text: "tenant/a")!))
    }

    @Test func `a session is asked for at its end, and goes on where it was extended`() throws {
        var (directory, _) = entered(Self.session(expiresAt: 100))
        directory.queueExpired(now: 99)
        #expect(!directory.hasChecks)
        directory.queueExpired(now: 100)
        let check = try #require(directory.takeChecks(10).first)
        guard case .unchanged = directory.settle(check, .session(Self.session(expiresAt: 200)), now: 100) else {
            return #expect(Bool(false))
        }
        directory.queueExpired(now: 150)
        #expect(!directory.hasChecks)
        directory.queueExpired(now: 200)
        let last = try #require(directory.takeChecks(10).first)
        guard case .end(_, .expired) = directory.settle(last, .none, now: 200) else { return #expect(Bool(false)) }
    }

    @Test func `a function that still gives an expired row does not keep it alive`() throws {
        var (directory, _) = entered(Self.session(expiresAt: 100))
        directory.queueExpired(now: 101)
        let check = try #require(directory.takeChecks(10).first)
        guard case .end(_, .expired) = directory.settle(check, .session(Self.session(expiresAt: 100)), now: 101) else {
            return #expect(Bool(false))
        }
    }

    @Test func `a signal that came while the lookup was under way makes the newcomer suspect`() {
        var directory = SessionDirectory<SealedClaim>()
        let live = directory.enter(
            Self.key,
            SealedClaim(Self.claim),
            Self.session(),
            missed: [.session("s1")]
        ).live
        #expect(live.isHeld)
        #expect(directory.hasChecks)
    }

    @Test func `a credential that becomes another user's replaces the session`() {
        var (directory, live) = entered()
        let entrance = directory.enter(
            Self.key,
            SealedClaim(Self.claim),
            Self.session(user: "43"),
            missed: []
        )
        #expect(entrance.replaced === live)
        #expect(entrance.live !== live)
        #expect(directory.hear(.user("42")).isEmpty)
    }

    @Test func `a credential shows in no description`() {
        var text = ""
        dump(Self.credential, to: &text)
        #expect(!text.contains("token"))
        #expect(!"\(Self.credential) \(String(reflecting: Self.credential))".contains("token"))
        #expect(SealedClaim(Self.claim).open() == Self.claim)
    }
}
