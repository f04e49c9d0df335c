import Oracle
import Testing

/// The judge itself: each thing that it has to find is put before it once (CONTRACT.md §2).
@Suite struct CheckerTests {
    private let start = Moment.now
    private let incarnation = Incarnation("1")

    private func at(_ milliseconds: Int) -> Moment { start + .milliseconds(milliseconds) }

    /// A transaction of user 1's note 5.
    private func attempt(
        _ xid: UInt64,
        committed: Bool = true,
        scope: String = "user/1",
        tags: Set<String> = ["notes", "note/5"],
        began: Int = 0
    ) -> Attempt {
        var attempt = Attempt(number: Int(xid), writer: 1, incarnation: incarnation, xid: xid, began: at(began))
        attempt.told = [scope: tags]
        attempt.stage = committed ? .acknowledged : .rolledBack
        attempt.isCommitted = committed
        return attempt
    }

    private func snapshot(_ text: String, life: String = "1") throws -> DatabaseSnapshot {
        try #require(DatabaseSnapshot(text, incarnation: Incarnation(life)))
    }

    private func id(_ horizon: UInt64) throws -> ClientRecord.Entry {
        .id(try #require(StreamPosition("k1-\(horizon)")))
    }

    /// What is found in the record of a client of user 1 that has fetched everything before transaction 100.
    private func found(
        _ attempts: [Attempt],
        _ entries: [ClientRecord.Entry],
        arrived: Bool = true,
        filter: [String] = [],
        base: String = "100:100:",
        revoked: [Int: Moment] = [:],
        disabled: [DisabledTag] = [],
        earlier: Set<UInt64> = []
    ) throws -> [Finding.Kind] {
        var record = ClientRecord(client: 0, user: "1", grants: ["global", "user/1"])
        record.append(.asked(session: 1, replica: "a", position: nil), at: at(1))
        record.append(.base(try snapshot(base), filter: filter), at: at(2))
        for (index, entry) in entries.enumerated() { record.append(entry, at: at(10 + index)) }
        record.hasArrived = arrived
        return Checker(Attempts(attempts), revoked: revoked, disabled: disabled, earlier: earlier).judge([record])
            .findings.map(\.kind)
    }

    private func told(_ xid: UInt64, _ tags: String...) -> ClientRecord.Entry {
        .invalidate(xids: [xid], tags: tags, scopes: ["user/1"])
    }

    @Test func `a client that was told of all is well`() throws {
        #expect(try found([attempt(100)], [told(100, "notes", "note/5"), id(101)]).isEmpty)
    }

    @Test func `a collapsed tag tells of what it covers`() throws {
        #expect(try found([attempt(100)], [told(100, "notes", "note")]).isEmpty)
    }

    @Test func `a committed transaction that was never told is a miss`() throws {
        #expect(try found([attempt(100)], []) == [.miss])
    }

    @Test func `half of its tags are a miss`() throws {
        #expect(try found([attempt(100)], [told(100, "notes")]) == [.miss])
    }

    @Test func `a tag that only looks alike does not cover`() throws {
        let other = attempt(100, tags: ["note/51"])
        #expect(try found([other], [told(100, "note/5")]) == [.leak, .miss])
    }

    @Test func `an id that is ahead of what was told is a miss, though it is told later`() throws {
        #expect(try found([attempt(100)], [id(101), told(100, "notes", "note/5")]) == [.miss])
    }

    @Test func `an id up to the transaction promises nothing of it`() throws {
        #expect(try found([attempt(100)], [id(100), told(100, "notes", "note/5"), id(101)]).isEmpty)
    }

    @Test func `an id says nothing of a transaction that began after it had come`() throws {
        #expect(try found([attempt(100, began: 10)], [id(101), told(100, "notes", "note/5")]).isEmpty)
    }

    @Test func `what a refetch has shown need not be told`() throws {
        #expect(try found([attempt(100)], [.base(snapshot("101:101:"), filter: []), id(101)]).isEmpty)
    }

    @Test func `what was still running at the refetch has to be told`() throws {
        let entries = [ClientRecord.Entry.base(try snapshot("100:102:100"), filter: []), try id(102)]
        #expect(try found([attempt(100)], entries) == [.miss, .miss])
    }

    @Test func `a refetch before a crash has not seen a transaction that got a lost one's id`() throws {
        var reused = attempt(100)
        reused = Attempt(number: 7, writer: 1, incarnation: .init("2"), xid: 100, began: at(0))
        reused.told = ["user/1": ["notes"]]
        reused.isCommitted = true
        #expect(try found([reused], [], base: "200:200:") == [.miss])
    }

    @Test func `a client that has not arrived is not asked for all`() throws {
        #expect(try found([attempt(100)], [], arrived: false).isEmpty)
    }

    @Test func `a filter asks only for what passes it`() throws {
        #expect(try found([attempt(100)], [told(100, "notes")], filter: ["notes"]).isEmpty)
        #expect(try found([attempt(100)], [], filter: ["note/6"]).isEmpty)
        #expect(try found([attempt(100)], [told(100, "notes")], filter: ["note"]) == [.miss])
    }

    @Test func `an event of a thousand transactions counts for all of them`() throws {
        let named = (1000..<2000).map { UInt64($0) }
        let others = named.map { attempt($0) }
        let entry = ClientRecord.Entry.invalidate(xids: named, tags: ["notes", "note/5"], scopes: ["user/1"])
        #expect(try found([attempt(100)] + others, [entry, id(101)]).isEmpty)
    }

    @Test func `a scope outside the grants is a leak`() throws {
        let entry = ClientRecord.Entry.invalidate(xids: [100], tags: ["notes", "note/5"], scopes: ["user/2"])
        #expect(try found([attempt(100)], [entry]) == [.leak])
    }

    @Test func `a tag of somebody else's note is a leak`() throws {
        let both = [attempt(100), attempt(101, scope: "user/2", tags: ["note/6"])]
        #expect(try found(both, [told(100, "notes", "note/5", "note/6")]) == [.leak])
    }

    @Test func `the name of somebody else's transaction is a leak`() throws {
        let both = [attempt(100), attempt(101, scope: "user/2", tags: ["note/6"])]
        let entry = ClientRecord.Entry.invalidate(xids: [100, 101], tags: ["notes", "note/5"], scopes: ["user/1"])
        #expect(try found(both, [entry]) == [.leak])
    }

    @Test func `a forged tag is a leak only where it was forged for another scope`() throws {
        let own = ClientRecord.Entry.invalidate(xids: [], tags: ["forged/user%2F1/1"], scopes: ["user/1"])
        let other = ClientRecord.Entry.invalidate(xids: [], tags: ["forged/user%2F2/1"], scopes: ["user/1"])
        #expect(try found([], [own]).isEmpty)
        #expect(try found([], [other]) == [.leak])
    }

    @Test func `a rolled-back transaction that is told is a phantom, and so is one that never was`() throws {
        #expect(try found([attempt(100, committed: false)], [told(100, "notes")]) == [.phantom])
        #expect(try found([], [told(100, "notes")]) == [.phantom, .leak])
    }

    @Test func `a transaction that was told and lost in a crash is no phantom`() throws {
        var lost = attempt(100)
        lost.isCommitted = false
        #expect(try found([lost], [told(100, "notes", "note/5")]).isEmpty)
    }

    @Test func `what began after a session was revoked is a leak on its stream`() throws {
        let event = told(100, "notes", "note/5")
        #expect(try found([attempt(100, began: 6)], [event], revoked: [1: at(5)]) == [.leak])
        #expect(try found([attempt(100, began: 4)], [event], revoked: [1: at(5)]).isEmpty)
    }

    @Test func `what a refetch would not show yet was told too early`() throws {
        let entries = [told(100, "notes", "note/5"), .glance(try snapshot("100:101:100"))]
        #expect(try found([attempt(100)], entries) == [.early])
    }

    // MARK: Controls

    @Test func `a tag that was disabled need not be told, but for what began after its end`() throws {
        let entries = [told(100, "notes"), try id(103)]
        func found(_ began: Int, from: Int = 1, until: Int?) throws -> [Finding.Kind] {
            let disabled = DisabledTag(tag: "note", from: at(from), until: until.map(at))
            return try self.found([attempt(100, began: began)], entries, disabled: [disabled])
        }
        #expect(try found(5, until: nil).isEmpty)
        #expect(try found(5, until: 6).isEmpty)
        #expect(try found(8, until: 6) == [.miss, .miss])
        // It was disabled only after the id had promised it.
        #expect(try found(5, from: 20, until: 30).contains(.miss))
        // Another tag than the one that is missing.
        let other = DisabledTag(tag: "notes/5", from: at(1), until: nil)
        #expect(try self.found([attempt(100)], entries, disabled: [other]).contains(.miss))
    }

    @Test func `a transaction of an earlier round may be told again, one of nobody's may not`() throws {
        #expect(try found([], [told(90, "notes", "note/9")], earlier: [90]).isEmpty)
        #expect(try found([], [told(91, "notes")], earlier: [90]).contains(.phantom))
    }
}
