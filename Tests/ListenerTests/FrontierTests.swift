import Crypto
import Invalidation
import Testing

@testable import Listener

@Suite struct FrontierTests {
    private static let secret = Array("a secret".utf8)
    private static let timeline = Timeline("t1") ?? { preconditionFailure("t1 is a timeline") }()

    private static func proof(_ xid: UInt64, _ horizon: UInt64) -> String {
        let hash = SHA256.hash(data: secret + Array("\(xid):\(horizon)".utf8))
        return hash.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func payload(_ xid: UInt64, _ horizon: UInt64, proof: String? = nil) -> String {
        #"{"tags":[["t",\#(xid)]],"scope":"global","xid":"\#(xid)","horizon":"\#(horizon)","proof":"\#(proof ?? Self.proof(xid, horizon))"}"#
    }

    private static func catchUp(
        _ timeline: Timeline = Self.timeline,
        horizon: UInt64,
        readFrom: UInt64?,
        entries: [Invalidation] = [],
        running: [UInt64] = [],
        polled: Bool = false,
        switches: UInt64 = 0
    ) -> CatchUp {
        CatchUp(
            timeline: timeline,
            secret: secret,
            polled: polled,
            switches: switches,
            logCompleteFrom: 1,
            controls: .none,
            snapshot: Snapshot(xmin: horizon, xmax: (running.last ?? horizon - 1) + 1, running: running),
            entries: entries,
            readFrom: readFrom
        )
    }

    private static func entry(_ xid: UInt64) -> Invalidation {
        Invalidation(tags: Tag(text: "t/\(xid)").map { [$0] } ?? [], scope: .global, xid: xid)
    }

    @Test func `the first connection begins a history from the log`() {
        var frontier = Frontier()
        let feed = frontier.attach(Self.catchUp(horizon: 100, readFrom: 40, entries: [Self.entry(50)]))
        guard case .began(let position, let floor, let entries) = feed else { return #expect(Bool(false)) }
        #expect(position.text == "t1-100")
        #expect(floor == 40)
        #expect(entries == [Self.entry(50)])
    }

    @Test func `without a log the history begins where the connection does`() {
        var frontier = Frontier()
        guard case .began(_, let floor, _) = frontier.attach(Self.catchUp(horizon: 100, readFrom: nil)) else {
            return #expect(Bool(false))
        }
        #expect(floor == 100)
    }

    @Test func `a horizon with a proof moves the position, and only forward`() {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100))
        let effects = frontier.hear([Self.payload(120, 110), Self.payload(115, 105)])
        guard case .publish(.advanced(let batch, let horizon))? = effects.first else { return #expect(Bool(false)) }
        #expect(batch.map(\.xid) == [120, 115])
        #expect(horizon == 110)
        #expect(frontier.needed?.horizon == 110)
    }

    @Test func `a forged horizon moves nothing, and its transaction is not believed`() {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100))
        let effects = frontier.hear([
            Self.payload(9_000_000, 9_000_000, proof: "00"),
            #"{"tags":[["x"]],"scope":"global","xid":"7","horizon":"18446744073709551615"}"#,
        ])
        guard case .publish(.advanced(let batch, let horizon))? = effects.first else { return #expect(Bool(false)) }
        #expect(batch.map(\.xid) == [nil, nil])
        #expect(horizon == 100)
        #expect(frontier.needed?.horizon == 100)
    }

    @Test func `a signal stands between the invalidations before and after it`() {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100))
        let effects = frontier.hear([Self.payload(101, 100), #"{"session":"s"}"#, Self.payload(102, 100)])
        guard effects.count == 3, case .publish = effects[0], case .signal(.session("s")) = effects[1],
            case .publish = effects[2]
        else { return #expect(Bool(false)) }
    }

    @Test func `a bad payload is skipped and its neighbours are told`() {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100))
        let effects = frontier.hear([Self.payload(101, 100), "nonsense", Self.payload(102, 100)])
        let told = effects.flatMap { effect in
            if case .publish(.advanced(let batch, _)) = effect { batch } else { [Invalidation]() }
        }
        #expect(told.map(\.xid) == [101, 102])
        #expect(effects.contains { if case .skipped = $0 { true } else { false } })
    }

    @Test func `only the heartbeat that is under way is a round trip`() {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100))
        frontier.willBeat("mine")
        #expect(frontier.hear([#"{"beat":"another's"}"#]).isEmpty)
        guard case .roundTrip? = frontier.hear([#"{"beat":"mine"}"#]).first else { return #expect(Bool(false)) }
        #expect(frontier.hear([#"{"beat":"mine"}"#]).isEmpty)
    }

    @Test func `a new connection goes on where the log has all that was missed`() {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 40))
        let log = [Self.entry(99), Self.entry(100), Self.entry(130)]
        guard
            case .advanced(let missed, let horizon) = frontier.attach(
                Self.catchUp(horizon: 140, readFrom: 100, entries: log)
            )
        else { return #expect(Bool(false)) }
        #expect(missed.map(\.xid) == [100, 130])
        #expect(horizon == 140)
    }

    @Test(arguments: [
        (Timeline("t1")!, UInt64?(101)), (Timeline("t1")!, UInt64?.none), (Timeline("t2")!, UInt64?(40)),
    ])
    func `where the log cannot tell, or the timeline is another, it begins anew`(timeline: Timeline, readFrom: UInt64?)
    {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 40))
        guard
            case .began(let position, _, _) = frontier.attach(
                Self.catchUp(timeline, horizon: 140, readFrom: readFrom)
            )
        else { return #expect(Bool(false)) }
        #expect(position == Position(timeline: timeline, horizon: 140))
    }

    // MARK: What is left to the log

    private static func page(
        _ xids: [UInt64] = [],
        snapshot: String,
        polled: Bool = true,
        switches: UInt64 = 1,
        completeFrom: UInt64? = 1,
        signals: [SessionSignal] = [],
        isLast: Bool = true
    ) throws -> LogPage {
        LogPage(
            polled: polled,
            switches: switches,
            completeFrom: completeFrom,
            controls: 0,
            snapshot: try #require(Snapshot(text: snapshot)),
            entries: xids.map { .invalidation(entry($0)) } + signals.map { .signal($0) },
            isFirst: true,
            isLast: isLast
        )
    }

    private static func told(_ effects: [Frontier.Effect]) -> [UInt64?] {
        effects.flatMap { effect -> [UInt64?] in
            if case .publish(.advanced(let batch, _)) = effect { batch.map(\.xid) } else { [] }
        }
    }

    @Test func `while the log is polled, what is heard moves nothing and what is read does`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100, polled: true, switches: 1))
        _ = frontier.hear([Self.payload(120, 115)])
        #expect(frontier.needed?.horizon == 100)
        let request = try #require(frontier.request)
        #expect(request.seen == Snapshot(upTo: 100))
        let effects = try frontier.take(Self.page([104, 106], snapshot: "105:110:105"), of: request)
        #expect(Self.told(effects) == [104, 106, 120])
        #expect(frontier.needed?.horizon == 105)
        #expect(frontier.request?.seen.text == "105:110:105")
    }

    @Test func `a page that is not the last moves nothing, and has every session looked at`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100, polled: true, switches: 1))
        let request = try #require(frontier.request)
        let effects = try frontier.take(Self.page([104], snapshot: "110:110:", isLast: false), of: request)
        guard case .signal(.all)? = effects.first else { return #expect(Bool(false)) }
        #expect(Self.told(effects) == [104])
        #expect(frontier.needed?.horizon == 100)
    }

    @Test func `a session is looked at before what was committed in the same poll is told`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100, polled: true, switches: 1))
        let request = try #require(frontier.request)
        let page = try Self.page([104], snapshot: "110:110:", signals: [.session("s")])
        let effects = try frontier.take(page, of: request)
        guard case .signal(.session("s"))? = effects.first, case .publish? = effects.last else {
            return #expect(Bool(false))
        }
    }

    @Test func `nothing is left to the log once all that ran at the connection's begin has ended`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100, running: [100, 108], switches: 1))
        // Heard up to 120, but 100 may have left its news to the log.
        #expect(frontier.hear([Self.payload(125, 120)]).isEmpty)
        #expect(frontier.needed?.horizon == 100)
        let first = try #require(frontier.request)
        #expect(first.limit == 109)
        let effects = try frontier.take(Self.page([100], snapshot: "108:130:108", polled: false), of: first)
        #expect(Self.told(effects) == [100, 125])
        #expect(frontier.needed?.horizon == 108)
        let second = try #require(frontier.request)
        _ = try frontier.take(Self.page(snapshot: "130:130:", polled: false), of: second)
        #expect(frontier.needed?.horizon == 120)
        #expect(frontier.request == nil)
    }

    @Test func `what a running transaction has notified is told once, by the poll that reads it`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100, running: [100], switches: 1))
        #expect(frontier.hear([Self.payload(100, 100)]).isEmpty)
        let request = try #require(frontier.request)
        let effects = try frontier.take(Self.page([100], snapshot: "110:110:", polled: false), of: request)
        #expect(Self.told(effects) == [100])
        #expect(frontier.request == nil)
    }

    @Test func `where the delivery was never switched nothing is left to the log`() {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100, running: [100, 108]))
        #expect(frontier.request == nil)
    }

    @Test func `what is heard while the log may know of a logout waits for a poll that began later`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100, polled: true, switches: 1))
        let early = try #require(frontier.request)
        let byHand = #"{"tags":[["hand"]],"scope":"user/1"}"#
        #expect(frontier.hear([byHand]).isEmpty)
        #expect(Self.told(try frontier.take(Self.page(snapshot: "101:101:"), of: early)).isEmpty)
        let late = try #require(frontier.request)
        let effects = try frontier.take(Self.page(snapshot: "102:102:", signals: [.session("s")]), of: late)
        guard case .signal(.session("s"))? = effects.first else { return #expect(Bool(false)) }
        #expect(Self.told(effects) == [nil])
    }

    @Test func `words about settings that never cease hold nobody's news back`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100))
        for xid in UInt64(101)...105 {
            _ = frontier.hear([#"{"control":"settings"}"#, Self.payload(xid, xid)])
            let look = try #require(frontier.request)
            _ = frontier.hear([#"{"control":"settings"}"#])
            let effects = try frontier.take(Self.page(snapshot: "140:140:", polled: false, switches: 0), of: look)
            #expect(Self.told(effects) == [xid])
            #expect(frontier.needed?.horizon == xid)
        }
    }

    @Test func `a row that cannot be read is anything for everybody`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100, polled: true, switches: 1))
        let request = try #require(frontier.request)
        let entry = LogEntry(xid: "101", scope: "invented", tags: "{}", origin: nil)
        let page = LogPage(
            polled: true,
            switches: 1,
            completeFrom: 1,
            controls: 0,
            snapshot: Snapshot(upTo: 110),
            entries: [entry],
            isFirst: true,
            isLast: true
        )
        let effects = try frontier.take(page, of: request)
        guard case .skipped? = effects.first, case .publish(.advanced(let told, _))? = effects.last else {
            return #expect(Bool(false))
        }
        #expect(told == [Invalidation(tags: [], scope: .everyone, xid: 101, coversAll: true)])
    }

    @Test func `a switch to poll does not pass over what was pruned before it was read`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100))
        _ = frontier.hear([#"{"control":"settings"}"#])
        let look = try #require(frontier.request)
        _ = try frontier.take(Self.page(snapshot: "140:140:", completeFrom: 130), of: look)
        let read = try #require(frontier.request)
        #expect(throws: ListenerError.self) {
            _ = try frontier.take(Self.page(snapshot: "141:141:", completeFrom: 130), of: read)
        }
    }

    @Test func `a switch to poll holds the position until all since then has been read`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100))
        #expect(frontier.request == nil)
        _ = frontier.hear([Self.payload(111, 110), #"{"control":"settings"}"#, Self.payload(131, 130)])
        #expect(frontier.needed?.horizon == 110)
        let look = try #require(frontier.request)
        #expect(look.statusOnly)
        _ = try frontier.take(Self.page(snapshot: "140:140:", switches: 1), of: look)
        #expect(frontier.needed?.horizon == 110)
        let read = try #require(frontier.request)
        #expect(read.seen == Snapshot(upTo: 110))
        #expect(read.limit == nil)
        #expect(Self.told(try frontier.take(Self.page([112, 131], snapshot: "141:141:"), of: read)) == [112, 131])
        #expect(frontier.needed?.horizon == 141)
    }

    @Test func `a forged word about settings costs one look and moves nothing back`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100))
        _ = frontier.hear([#"{"control":"settings"}"#, Self.payload(131, 130)])
        let look = try #require(frontier.request)
        let effects = try frontier.take(Self.page(snapshot: "140:140:", polled: false, switches: 0), of: look)
        #expect(Self.told(effects) == [131])
        #expect(frontier.request == nil)
        #expect(frontier.needed?.horizon == 130)
    }

    @Test func `a switch there and back is not taken for none`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100))
        _ = frontier.hear([#"{"control":"settings"}"#, #"{"control":"settings"}"#])
        let look = try #require(frontier.request)
        _ = try frontier.take(Self.page(snapshot: "140:140:", polled: false, switches: 2), of: look)
        let read = try #require(frontier.request)
        let effects = try frontier.take(
            Self.page([120], snapshot: "141:150:141", polled: false, switches: 2),
            of: read
        )
        #expect(Self.told(effects) == [120])
        // 141 may have begun under `poll`.
        #expect(frontier.request?.limit == 150)
    }

    @Test func `an answer from before a switch is told and counts for nothing else`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100, running: [100], switches: 1))
        let old = try #require(frontier.request)
        _ = frontier.hear([#"{"control":"settings"}"#])
        _ = try frontier.take(Self.page([100], snapshot: "140:140:", polled: false), of: old)
        #expect(frontier.request?.statusOnly == true)
        #expect(frontier.needed?.horizon == 100)
    }

    @Test func `rows that may have been pruned unread are not passed over`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100, polled: true, switches: 1))
        let request = try #require(frontier.request)
        #expect(throws: ListenerError.self) {
            _ = try frontier.take(Self.page(snapshot: "140:140:", completeFrom: 120), of: request)
        }
    }

    @Test func `pruning what was read long ago is no loss`() throws {
        var frontier = Frontier()
        _ = frontier.attach(Self.catchUp(horizon: 100, readFrom: 100, polled: true, switches: 1))
        let request = try #require(frontier.request)
        #expect(try frontier.take(Self.page(snapshot: "140:140:", completeFrom: 90), of: request).isEmpty)
    }
}
