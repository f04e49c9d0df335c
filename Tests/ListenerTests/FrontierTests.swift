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
        entries: [Invalidation] = []
    ) -> CatchUp {
        CatchUp(
            timeline: timeline,
            secret: secret,
            completeFrom: readFrom,
            horizon: horizon,
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
        #expect(horizon == 0)
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
}
