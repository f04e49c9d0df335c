import SeededRandom
import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

@Suite struct HistoryTests {
    private let timeline: Timeline

    init() throws { timeline = try #require(Timeline("k3")) }

    private func at(_ horizon: UInt64) -> Position { Position(timeline: timeline, horizon: horizon) }

    /// - Parameter sharedFrom: so high that nothing is shared, where it is not said.
    private func history(
        at horizon: UInt64 = 100,
        floor: UInt64 = 100,
        limit: History.Limit = .init(),
        sharedFrom: Int = .max
    ) -> History {
        History(position: at(horizon), floor: floor, limit: limit, sharedFrom: sharedFrom)
    }

    private func entry(_ name: Int, scope: Scope = .global, xid: UInt64?) -> Invalidation {
        Invalidation(tags: [Tag(text: "t/\(name)")].compactMap(\.self), scope: scope, xid: xid)
    }

    /// The tags of what is replayed, or the reason of a reset.
    private func replay(
        _ history: inout History,
        from position: Position,
        before end: UInt64,
        for grants: Grants = .anonymous,
        filter: TagFilter? = nil
    ) -> [String]? {
        guard let pending = history.replay(from: position, before: end, for: grants, filter: filter) else { return nil }
        return switch pending.event {
        case .invalidate(let tags, _, _, _): tags.map(\.text)
        case .reset(let reason): [reason.rawValue]
        default: []
        }
    }

    @Test func `a client is told every transaction from its horizon on, and none below`() {
        var history = history()
        history.append([entry(1, xid: 101), entry(2, xid: 105), entry(3, xid: 102), entry(4, xid: 106)], horizon: 102)
        #expect(replay(&history, from: at(100), before: history.end) == ["t/1", "t/2", "t/3", "t/4"])
        #expect(replay(&history, from: at(102), before: history.end) == ["t/2", "t/3", "t/4"])
        #expect(replay(&history, from: at(103), before: history.end) == ["t/2", "t/4"])
        #expect(replay(&history, from: at(106), before: history.end) == ["t/4"])
        #expect(replay(&history, from: at(107), before: history.end) == [])
        #expect(replay(&history, from: at(.max), before: history.end) == [])
    }

    @Test func `entries from the given ordinal on are left to be told live`() {
        var history = history()
        history.append([entry(1, xid: 101), entry(2, xid: 102)], horizon: 102)
        let mark = history.end
        history.append([entry(3, xid: 103)], horizon: 103)
        #expect(replay(&history, from: at(100), before: mark) == ["t/1", "t/2"])
        #expect(replay(&history, from: at(100), before: 0) == [])
        #expect(replay(&history, from: at(100), before: .max) == ["t/1", "t/2", "t/3"])
    }

    @Test func `the position only moves up`() {
        var history = history()
        history.append([entry(1, xid: 110)], horizon: 105)
        #expect(history.position == at(105))
        history.append([entry(2, xid: 104)], horizon: 103)
        #expect(history.position == at(105))
        history.append([], horizon: 120)
        #expect(history.position == at(120))
    }

    @Test func `a position below the floor, or of another timeline, cannot be told`() throws {
        var history = history(at: 100, floor: 90)
        #expect(replay(&history, from: at(90), before: history.end) == [])
        #expect(replay(&history, from: at(89), before: history.end) == nil)
        let other = Position(timeline: try #require(Timeline("k4")), horizon: 100)
        #expect(replay(&history, from: other, before: history.end) == nil)
    }

    @Test func `the oldest entries go past the limit, and the floor rises above them`() {
        var history = history(limit: .init(entries: 2))
        history.append([entry(1, xid: 101), entry(2, xid: 109), entry(3, xid: 104)], horizon: 101)
        #expect(history.count == 2)
        #expect(history.end == 3)
        #expect(history.floor == 102)
        history.append([entry(4, xid: 105)], horizon: 101)
        #expect(history.floor == 110)
        history.append([entry(5, xid: 103)], horizon: 101)
        #expect(history.floor == 110)
        #expect(replay(&history, from: at(109), before: history.end) == nil)
        #expect(replay(&history, from: at(110), before: history.end) == [])
    }

    @Test func `the limit in bytes counts what the tags take`() {
        var history = history(limit: .init(bytes: 100_000))
        let long = Invalidation(
            tags: [Tag(text: String(repeating: "x", count: 30_000))].compactMap(\.self),
            scope: .global,
            xid: 101
        )
        history.append(Array(repeating: long, count: 5), horizon: 101)
        #expect(history.count == 3)
        #expect(history.floor == 102)
    }

    @Test func `an entry larger than the whole limit leaves an empty history that goes on`() {
        var history = history(limit: .init(bytes: 10))
        history.append([entry(1, xid: 101)], horizon: 101)
        #expect(history.count == 0)
        #expect(replay(&history, from: at(101), before: history.end) == nil)
        #expect(replay(&history, from: at(102), before: history.end) == [])
    }

    @Test func `the highest transaction id there is does not trap`() {
        var history = history(limit: .init(entries: 0))
        history.append([entry(1, xid: .max)], horizon: .max)
        #expect(history.floor == .max)
    }

    @Test func `an invalidation by hand is told to every position up to where it was heard`() {
        var history = history()
        history.append([], horizon: 110)
        history.append([entry(1, xid: nil)], horizon: 120)
        #expect(replay(&history, from: at(100), before: history.end) == ["t/1"])
        #expect(replay(&history, from: at(110), before: history.end) == ["t/1"])
        #expect(replay(&history, from: at(110), before: 0) == [])
    }

    /// The database gives positions that are ahead of what was heard: such a client may have read before the commit.
    @Test func `an invalidation by hand is told to newer positions too until three heartbeats have passed it`() {
        var history = history()
        history.append([entry(1, scope: .user("42"), xid: nil)], horizon: 100)
        for horizon in [UInt64(130), 150] {
            history.append([], horizon: horizon)
            #expect(replay(&history, from: at(1_000), before: history.end, for: Grants(user: "42")) == ["t/1"])
            #expect(replay(&history, from: at(1_000), before: 0, for: Grants(user: "42")) == [])
            #expect(replay(&history, from: at(1_000), before: history.end) == [])
        }
        history.append([entry(2, xid: 161)], horizon: 160)
        history.append([], horizon: 160)
        #expect(replay(&history, from: at(160), before: history.end, for: Grants(user: "42")) == ["t/1", "t/2"])
        #expect(replay(&history, from: at(161), before: history.end, for: Grants(user: "42")) == ["t/2"])
    }

    @Test func `a flood of invalidations by hand is not told to newer positions for long`() {
        var history = history()
        history.append((0..<1_500).map { entry($0, xid: nil) }, horizon: 100)
        #expect(replay(&history, from: at(101), before: history.end)?.count == 1_000)
        #expect(replay(&history, from: at(100), before: history.end) == ["overflow"])
    }

    @Test func `only what the grants cover is told, from all scopes in one order`() throws {
        let acme = try #require(Scope(text: "tenant/acme"))
        var history = history(limit: .init(entries: 5))
        history.append(
            [
                entry(1, scope: .user("42"), xid: 101), entry(2, scope: .user("43"), xid: 102),
                entry(3, scope: .everyone, xid: 103), entry(4, scope: acme, xid: 104), entry(5, xid: 105),
                entry(6, scope: .user("42"), xid: 106),
            ],
            horizon: 101
        )
        let grants = Grants(user: "42", extra: ["tenant/acme"])
        #expect(history.floor == 102)
        #expect(replay(&history, from: at(102), before: history.end, for: grants) == ["t/3", "t/4", "t/5", "t/6"])
        #expect(replay(&history, from: at(102), before: 5, for: grants) == ["t/3", "t/4", "t/5"])
        #expect(replay(&history, from: at(102), before: history.end, for: Grants(user: "43")) == ["t/2", "t/3", "t/5"])
        #expect(replay(&history, from: at(102), before: history.end) == ["t/3", "t/5"])
    }

    @Test func `replay agrees with a search through everything, whatever the order of ids and scopes`() {
        var random = SeededRandom(seed: 81)
        let scopes = [Scope.global, .everyone, .user("1"), .user("2"), .user("3")]
        for _ in 0..<60 {
            var history = history(limit: .init(entries: random.pick([5, 50, 10_000])))
            var model: [(name: String, xid: UInt64, scope: Scope)] = []
            var horizon: UInt64 = 100
            var floor: UInt64 = 100
            for step in 0..<200 {
                let xid = horizon + UInt64(random.int(0..<40)) - 5
                let scope = random.pick(scopes)
                history.append([entry(step, scope: scope, xid: xid)], horizon: horizon + 2 - UInt64(random.int(0..<5)))
                model.append(("t/\(step)", xid, scope))
                horizon = history.position.horizon
                let gone = model.count - history.count
                floor = max(floor, model.prefix(gone).map { $0.xid + 1 }.max() ?? 0)
                #expect(history.floor == floor)

                let asked = at(UInt64(random.int(95..<Int(horizon) + 30)))
                let end = random.int(0..<model.count + 1)
                let grants = Grants(user: "\(random.int(1..<4))")
                let expected = model.prefix(end).dropFirst(gone)
                    .filter { $0.xid >= asked.horizon && grants.hears($0.scope) }.map(\.name)
                let replayed = replay(&history, from: asked, before: UInt64(end), for: grants)
                if asked.horizon < floor { #expect(replayed == nil) } else { #expect(replayed == expected) }
            }
        }
    }

    @Test func `what is merged for all is complete, goes back by less than a stretch, and leaves out other scopes`() {
        var random = SeededRandom(seed: 83)
        let scopes = [Scope.global, .everyone, .user("1"), .user("2")]
        for _ in 0..<30 {
            var history = history(
                limit: .init(entries: random.pick([100, 10_000])),
                sharedFrom: random.pick([1, 2, 90])
            )
            var model: [(xid: UInt64, scope: Scope)] = []
            for step in 0..<400 {
                let xid = history.position.horizon + UInt64(random.int(0..<40)) - 5
                let scope = random.pick(scopes)
                history.append([entry(step, scope: scope, xid: xid)], horizon: xid - UInt64(random.int(0..<5)))
                if random.chance(0.01) { history.append([], horizon: 0) }
                model.append((xid, scope))
                guard random.chance(0.2) else { continue }
                let asked = at(UInt64(random.int(95..<Int(history.position.horizon) + 30)))
                let end = random.int(max(0, model.count - 200)..<model.count + 1)
                let grants = Grants(user: "\(random.int(1..<3))")
                guard let replayed = replay(&history, from: asked, before: UInt64(end), for: grants) else { continue }
                // What has gone from the history can still be in what was merged before.
                let heard = model.indices.prefix(end).filter { grants.hears(model[$0].scope) }
                let due = heard.filter { model[$0].xid >= asked.horizon }
                let told = replayed.compactMap { Int($0.dropFirst(2)) }
                #expect(told.count == replayed.count && Set(told).count == told.count)
                #expect(Set(told).isSuperset(of: due))
                #expect(Set(told).isSubset(of: heard))
                if let first = due.first {
                    #expect(told.allSatisfy { $0 / 64 >= first / 64 })
                } else {
                    #expect(told == [])
                }
            }
        }
    }

    @Test func `more than ten thousand missed of one scope are a reset, however few tags they have`() {
        var history = history(sharedFrom: 128)
        history.append((0..<10_000).map { _ in entry(1, xid: 101) }, horizon: 101)
        #expect(replay(&history, from: at(100), before: history.end) == ["t/1"])
        history.append([entry(1, xid: 101)], horizon: 101)
        #expect(replay(&history, from: at(100), before: history.end) == ["overflow"])
        #expect(replay(&history, from: at(102), before: history.end) == [])
    }

    @Test func `a filter lets few be named of what would be too many for all`() throws {
        var history = history(sharedFrom: 128)
        history.append((0..<2_000).map { entry($0, xid: 101) }, horizon: 101)
        let filter = try #require(TagFilter(["t/7", "t/1999"].compactMap(Tag.init(text:))))
        #expect(replay(&history, from: at(100), before: history.end) == ["overflow"])
        #expect(replay(&history, from: at(100), before: history.end, filter: filter) == ["t/7", "t/1999"])
    }

    /// Transactions begin, speak and commit as PostgreSQL lets them: ids in the order of beginning, notifications in the
    /// order of commit, each with the oldest id that ran when it was emitted.
    @Test func `whoever resumes at a position that was handed out misses nothing`() {
        var random = SeededRandom(seed: 82)
        for _ in 0..<40 {
            var history = history(limit: .init(entries: random.pick([10, 10_000])))
            var running: [(xid: UInt64, spoke: UInt64)] = []
            var next: UInt64 = 100
            var handedOut: [(position: Position, told: Int)] = [(history.position, 0)]
            var told: [String] = []
            func oldest() -> UInt64 { running.map(\.xid).min() ?? next }
            for step in 0..<300 {
                switch random.int(0..<5) {
                case 0, 1:
                    running.append((next, 0))
                    next += 1
                    running[running.count - 1].spoke = oldest()
                case 2:
                    history.append([], horizon: oldest())
                default:
                    guard !running.isEmpty else { continue }
                    let done = running.remove(at: random.int(0..<running.count))
                    if random.chance(0.2) { continue }
                    history.append([entry(step, xid: done.xid)], horizon: done.spoke)
                    told.append("t/\(step)")
                }
                handedOut.append((history.position, told.count))
                let (position, before) = random.pick(handedOut)
                if let replayed = replay(&history, from: position, before: history.end) {
                    #expect(Set(replayed).isSuperset(of: told[before...]))
                }
            }
        }
    }
}
