import SeededRandom
import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

@Suite struct PendingTests {
    private func invalidation(
        _ tags: [String],
        scope: String = "user/42",
        xid: UInt64? = nil,
        origin: String? = nil
    ) throws -> Invalidation {
        Invalidation(
            tags: tags.compactMap(Tag.init(text:)),
            scope: try #require(Scope(text: scope)),
            xid: xid,
            origin: origin
        )
    }

    private func merged(_ invalidations: Invalidation..., filter: TagFilter? = nil) -> Pending {
        var pending = Pending()
        for invalidation in invalidations { pending.add(invalidation, filter: filter) }
        return pending
    }

    @Test func `nothing is no event`() {
        #expect(Pending().isEmpty)
        #expect(Pending().event == nil)
    }

    @Test func `one invalidation is told as it is`() throws {
        let pending = try merged(invalidation(["todos", "todo/42"], xid: 7, origin: "tab"))
        #expect(!pending.isEmpty)
        #expect(
            try pending.event
                == .invalidate(tags: tags("todos", "todo/42"), scopes: [scope("user/42")], xids: [7], origin: "tab")
        )
    }

    @Test func `merged invalidations join tags, scopes and transactions, each once and in order`() throws {
        let pending = try merged(
            invalidation(["a", "b"], scope: "user/42", xid: 9),
            invalidation(["b", "c"], scope: "global", xid: 7),
            invalidation(["a"], scope: "user/42", xid: 9),
            invalidation(["d"], scope: "global", xid: 7)
        )
        #expect(
            try pending.event
                == .invalidate(
                    tags: tags("a", "b", "c", "d"),
                    scopes: [scope("user/42"), .global],
                    xids: [9, 7],
                    origin: nil
                )
        )
    }

    @Test(arguments: ["user/42", "global", "*"], [nil, 7 as UInt64?])
    func `an invalidation alone is told as it would be merged`(scope: String, xid: UInt64?) throws {
        for origin in [nil, "tab \"7\""] {
            let invalidation = try invalidation(["todos", "todo/42"], scope: scope, xid: xid, origin: origin)
            var (alone, merged): ([UInt8], [UInt8]) = ([], [])
            Pending.event(for: invalidation).writeData(to: &alone, spread: 20)
            try #require(self.merged(invalidation).event).writeData(to: &merged, spread: 20)
            #expect(String(decoding: alone, as: UTF8.self) == String(decoding: merged, as: UTF8.self))
        }
    }

    @Test func `one that is merged into another tells what both would`() throws {
        var random = SeededRandom(seed: 84)
        for _ in 0..<200 {
            let all = try (0..<random.int(0..<6)).map { _ in
                try invalidation(
                    Array(repeating: (), count: random.int(1..<4)).map { random.pick(["a", "b", "c", "d"]) },
                    scope: random.pick(["user/42", "global", "*"]),
                    xid: random.pick([nil, 1, 2, 3]),
                    origin: random.pick([nil, "tab", "tab", "other"])
                )
            }
            let filter = random.pick([nil, TagFilter(["a"].compactMap(Tag.init(text:)))])
            let cut = random.int(0..<all.count + 1)
            var joined = Pending()
            for part in [all[..<cut], all[cut...]] {
                var pending = Pending()
                for invalidation in part { pending.add(invalidation, filter: filter) }
                joined.add(pending)
            }
            var expected = Pending()
            for invalidation in all { expected.add(invalidation, filter: filter) }
            #expect(joined.event == expected.event)
        }
    }

    @Test func `a reset that is merged into another stands, and so does one that was there`() throws {
        var pending = try merged(invalidation(["a"]))
        pending.add(Pending(reset: .history))
        #expect(pending.event == .reset(.history))
        pending.add(Pending(reset: .gap))
        try pending.add(merged(invalidation(["a"])))
        #expect(pending.event == .reset(.history))
    }

    @Test func `the scope of everyone is not named`() throws {
        let pending = try merged(invalidation(["a"], scope: "*"), invalidation(["b"], scope: "global"))
        #expect(pending.event == .invalidate(tags: tags("a", "b"), scopes: [.global], xids: [], origin: nil))
    }

    @Test(
        arguments: [
            (["x", "x"], "x"), (["x", "y"], nil), (["x", nil], nil), ([nil, "x"], nil), ([nil, nil], nil),
            (["x", "y", "x"], nil),
            ([nil, nil, "x"], nil), (["x", "x", nil, "x"], nil), (["", ""], ""),
        ] as [([String?], String?)]
    )
    func `an origin is told only where all agree`(origins: [String?], agreed: String?) throws {
        var pending = Pending()
        for (index, origin) in origins.enumerated() {
            pending.add(try invalidation(["t/\(index)"], origin: origin), filter: nil)
        }
        guard case .invalidate(_, _, _, let told) = pending.event else { return #expect(Bool(false)) }
        #expect(told == agreed)
    }

    @Test func `what the filter keeps out is not told of, nor its scope, transaction or origin`() throws {
        let filter = try #require(TagFilter(tags("todo/42")))
        let pending = try merged(
            invalidation(["todo/42/notes", "other"], scope: "user/42", xid: 1, origin: "mine"),
            invalidation(["other"], scope: "global", xid: 2, origin: "yours"),
            filter: filter
        )
        #expect(
            try pending.event
                == .invalidate(tags: tags("todo/42/notes"), scopes: [scope("user/42")], xids: [1], origin: "mine")
        )
        #expect(try merged(invalidation(["other"]), filter: filter).isEmpty)
    }

    @Test func `an invalidation of anything in a scope is a reset, whatever the filter`() throws {
        let anything = Invalidation(tags: tags("a"), scope: .global, coversAll: true)
        #expect(merged(anything).event == .reset(.overflow))
        #expect(merged(anything, filter: TagFilter(tags("todo"))).event == .reset(.overflow))
    }

    @Test func `an invalidation without tags tells nothing`() throws {
        #expect(try merged(invalidation([], xid: 7, origin: "x")).isEmpty)
    }

    @Test func `a thousand tags are told and one more is a reset`() throws {
        let thousand = (0..<1_000).map { "t/\($0)" }
        var pending = try merged(invalidation(thousand), invalidation(thousand))
        guard case .invalidate(let told, _, _, _) = pending.event else { return #expect(Bool(false)) }
        #expect(told.map(\.text) == thousand)
        pending.add(try invalidation(["one more"]), filter: nil)
        #expect(pending.event == .reset(.overflow))
    }

    @Test func `a reset absorbs what was pending and what comes, and its first reason stands`() throws {
        var pending = try merged(invalidation(["a"], xid: 1, origin: "x"))
        pending.add(reset: .scopes)
        pending.add(reset: .gap)
        pending.add(try invalidation(["b"]), filter: nil)
        #expect(!pending.isEmpty)
        #expect(pending.event == .reset(.scopes))
    }

    @Test func `past a thousand transactions the oldest are left out`() throws {
        var pending = Pending()
        for xid in 1...1_500 { pending.add(try invalidation(["t"], xid: UInt64(xid)), filter: nil) }
        guard case .invalidate(_, _, let xids, _) = pending.event else { return #expect(Bool(false)) }
        #expect(xids == (501...1_500).map(UInt64.init))
        // One that was left out may come again, and then is the newest.
        pending.add(try invalidation(["t"], xid: 1), filter: nil)
        guard case .invalidate(_, _, let again, _) = pending.event else { return #expect(Bool(false)) }
        #expect(again == (502...1_500).map(UInt64.init) + [1])
    }

    @Test func `tags of more than 256 kB together are a reset`() throws {
        var pending = Pending()
        let long = String(repeating: "x", count: 4_000)
        for number in 10..<75 { pending.add(try invalidation(["\(number)/\(long)"]), filter: nil) }
        guard case .invalidate(let tags, _, _, _) = pending.event else { return #expect(Bool(false)) }
        #expect(tags.count == 65)
        pending.add(try invalidation(["75/\(long)"]), filter: nil)
        #expect(pending.event == .reset(.overflow))
        let all = try invalidation((10..<76).map { "\($0)/\(long)" })
        #expect(Pending.event(for: all) == .reset(.overflow))
    }

    @Test func `random merges tell the union, or a reset where it is too large`() throws {
        var random = SeededRandom(seed: 71)
        for _ in 0..<200 {
            var pending = Pending()
            var union: [String] = []
            var xids: [UInt64] = []
            let range = random.pick([10, 500, 3_000])
            for _ in 0..<random.int(1..<400) {
                let tags = (0..<random.int(1..<6)).map { _ in "t/\(random.int(0..<range))" }
                let xid = UInt64(random.int(1..<50))
                pending.add(try invalidation(tags, xid: xid), filter: nil)
                for tag in tags where !union.contains(tag) { union.append(tag) }
                if !xids.contains(xid) { xids.append(xid) }
            }
            switch pending.event {
            case .invalidate(let told, let scopes, let transactions, _):
                #expect(told.map(\.text) == union)
                #expect(try scopes == [scope("user/42")])
                #expect(transactions == xids)
            case .reset(let reason):
                #expect(reason == .overflow)
                #expect(union.count > Pending.maximumTags)
            default: #expect(Bool(false))
            }
        }
    }

    private func tags(_ texts: String...) -> [Tag] { texts.compactMap(Tag.init(text:)) }

    private func scope(_ text: String) throws -> Scope { try #require(Scope(text: text)) }
}
