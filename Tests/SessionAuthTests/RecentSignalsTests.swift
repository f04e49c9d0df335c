import Invalidation
import Testing

@testable import SessionAuth

/// What somebody may have missed who is being asked about.
@Suite struct RecentSignalsTests {
    private static let session = Session(userID: "u", sessionID: "s")

    @Test func `a signal since the mark means its session, however long ago the mark is`() {
        var signals = RecentSignals()
        let mark = signals.mark(now: 0)
        signals.note(.session("s"), now: 5, oldest: mark)
        signals.note(.session("other"), now: 500, oldest: mark)
        #expect(signals.mean(Self.session, since: mark, heedsAll: false))
        #expect(!signals.mean(Session(userID: "v", sessionID: "x"), since: mark, heedsAll: false))
    }

    @Test func `a signal shortly before the mark counts too, one of long ago does not`() {
        var signals = RecentSignals()
        signals.note(.user("u"), now: 0, oldest: nil)
        #expect(signals.mean(Self.session, since: signals.mark(now: 9), heedsAll: false))
        #expect(!signals.mean(Self.session, since: signals.mark(now: 11), heedsAll: false))
    }

    @Test func `a doubt of everybody before the mark counts for whoever can be asked again`() {
        var signals = RecentSignals()
        signals.note(.all, now: 0, oldest: nil)
        let mark = signals.mark(now: 1)
        #expect(signals.mean(Self.session, since: mark, heedsAll: true))
        #expect(!signals.mean(Self.session, since: mark, heedsAll: false))
        signals.note(.all, now: 2, oldest: mark)
        #expect(signals.mean(Self.session, since: mark, heedsAll: false))
    }

    @Test func `where too many came to be kept, everybody is doubted`() {
        var signals = RecentSignals()
        let mark = signals.mark(now: 0)
        for number in 0...100_000 { signals.note(.session("\(number)"), now: 1, oldest: mark) }
        #expect(signals.mean(Self.session, since: mark, heedsAll: false))
        #expect(signals.mean(Self.session, since: signals.mark(now: 5), heedsAll: false))
        #expect(!signals.mean(Self.session, since: signals.mark(now: 100), heedsAll: false))
    }
}
