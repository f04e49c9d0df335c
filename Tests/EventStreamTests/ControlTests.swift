import EventStream
import Invalidation
import NIOEmbedded
import Testing

import struct Invalidation.Tag

/// What a pause and disabled tags do to streams (CONTRACT.md §6).
@Suite struct ControlTests {
    private func controls(_ version: UInt64, paused: Bool = false, disabled: [String] = []) throws -> Controls {
        Controls(version: version, isPaused: paused, disabled: TagSet(try disabled.map(tag)))
    }

    private func told(_ tags: String, _ xids: String, scope: String = "global", id: String) -> ServerEvent {
        .invalidate(#"{"tags":\#(tags),"scopes":["\#(scope)"],"txids":\#(xids)}"#, id: id)
    }

    // MARK: Pause

    @Test func `in a pause nothing is told and no position moves; at its end all of it is told in one event`() throws {
        let stage = try Stage()
        let ann = try stage.welcomed(user("ann"))
        let bob = try stage.welcomed(user("bob"))
        stage.obey(try controls(1, paused: true))
        try stage.advanced([invalidation("a", scope: "user/ann", xid: 101)], to: 102)
        try stage.advanced([invalidation("b", scope: "global", xid: 103)], to: 104)
        stage.beat()
        for client in [ann, bob] { #expect(try client.read() == [.beat(id: "k3-100")]) }
        stage.obey(try controls(2))
        #expect(
            try ann.read() == [
                .invalidate(
                    #"{"tags":[["a"],["b"]],"scopes":["user/ann","global"],"txids":["101","103"]}"#,
                    id: "k3-104"
                )
            ]
        )
        #expect(try bob.read() == [told(#"[["b"]]"#, #"["103"]"#, id: "k3-104")])
        try stage.advanced([invalidation("c", scope: "global", xid: 105)], to: 106)
        #expect(try ann.read() == [told(#"[["c"]]"#, #"["105"]"#, id: "k3-106")])
    }

    @Test func `who comes in a pause is welcomed at its own position and told from there at the end`() throws {
        let stage = try Stage()
        try stage.advanced([invalidation("a", scope: "global", xid: 101)], to: 102)
        stage.obey(try controls(1, paused: true))
        try stage.advanced([invalidation("b", scope: "global", xid: 103)], to: 104)
        let back = try stage.open(user("ann"), resume: .position(try position(100)))
        let fresh = try stage.open(user("bob"))
        #expect(
            try back.read() == [
                .welcome(#"{"user":"ann","scopes":["global","user/ann"],"resumed":true}"#, id: "k3-100")
            ]
        )
        #expect(
            try fresh.read() == [
                .welcome(#"{"user":"bob","scopes":["global","user/bob"],"resumed":false}"#, id: "k3-104")
            ]
        )
        stage.beat()
        #expect(try back.read() == [.beat(id: "k3-100")])
        #expect(try fresh.read() == [.beat(id: "k3-104")])
        try stage.advanced([invalidation("c", scope: "global", xid: 105)], to: 106)
        stage.obey(try controls(2))
        #expect(try back.read() == [told(#"[["a"],["b"],["c"]]"#, #"["101","103","105"]"#, id: "k3-106")])
        #expect(try fresh.read() == [told(#"[["c"]]"#, #"["105"]"#, id: "k3-106")])
    }

    @Test func `who goes in a pause and comes back after it is told from where it was`() throws {
        let stage = try Stage()
        let first = try stage.welcomed(user("ann"))
        stage.obey(try controls(1, paused: true))
        try stage.advanced([invalidation("a", scope: "global", xid: 101)], to: 102)
        stage.beat()
        let id = try #require(try first.read().last?.id)
        first.disconnect()
        stage.obey(try controls(2))
        let second = try stage.open(user("ann"), resume: .position(try #require(Position(text: id))))
        #expect(try second.read().last == told(#"[["a"]]"#, #"["101"]"#, id: "k3-102"))
    }

    @Test func `a pause that is longer than the history ends in a reset, and so does one with a new beginning`() throws
    {
        let stage = try Stage(HubConfiguration(history: .init(entries: 2)))
        let client = try stage.welcomed(user("ann"))
        stage.obey(try controls(1, paused: true))
        for xid in UInt64(101)...105 {
            try stage.advanced([invalidation("t/\(xid)", scope: "user/else", xid: xid)], to: xid + 1)
        }
        #expect(try client.readBytes().isEmpty)
        stage.obey(try controls(2))
        #expect(try client.read() == [.reset("history", id: "k3-106")])

        stage.obey(try controls(3, paused: true))
        try stage.began(at: 200)
        #expect(try client.readBytes().isEmpty)
        stage.obey(try controls(4))
        #expect(try client.read() == [.reset("gap", id: "k3-200")])
    }

    @Test func `whoever comes in a pause with no position of ours is reset at its end`() throws {
        let stage = try Stage()
        stage.obey(try controls(1, paused: true))
        let client = try stage.open(user("ann"), resume: .unknown)
        #expect(try client.read().map(\.name) == ["welcome"])
        stage.obey(try controls(2))
        #expect(try client.read() == [.reset("history", id: "k3-100")])
    }

    @Test func `what a slow client was to be told before the pause waits until after it`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        client.setWritable(false)
        try stage.advanced([invalidation("a", scope: "global", xid: 101)], to: 102)
        stage.obey(try controls(1, paused: true))
        client.setWritable(true)
        #expect(try client.readBytes().isEmpty)
        stage.obey(try controls(2))
        #expect(try client.read() == [told(#"[["a"]]"#, #"["101"]"#, id: "k3-102")])
    }

    @Test func `a session ends in a pause as ever, and its other scopes are a reset after it`() throws {
        let stage = try Stage()
        let ann = user("ann")
        let bob = user("bob")
        let gone = try stage.welcomed(ann)
        let stays = try stage.welcomed(bob)
        stage.obey(try controls(1, paused: true))
        stage.hub.end(ann, .revoked)
        stage.hub.regrant(bob)
        stage.loop.run()
        #expect(try gone.read() == [.goaway("revoked", id: "k3-100")])
        #expect(try stays.readBytes().isEmpty)
        stage.obey(try controls(2))
        #expect(try stays.read() == [.reset("scopes", id: "k3-100")])
    }

    @Test func `at the end of a pause clients of many streams are told to spread their refetches`() throws {
        let stage = try Stage()
        let clients = try (0..<2_000).map { try stage.welcomed(user("u\($0)")) }
        stage.obey(try controls(1, paused: true))
        try stage.advanced([invalidation("a", scope: "user/u7", xid: 101)], to: 102)
        stage.obey(try controls(2))
        #expect(try clients[7].read().first?.data?.contains(#""spread":"#) == true)
        #expect(try clients[8].readBytes().isEmpty)
    }

    // MARK: Disabled tags

    @Test func `a disabled tag and what it covers are not told, what covers it is`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        stage.obey(try controls(1, disabled: ["todo", "list/1"]))
        try stage.advanced([invalidation("todo/42", scope: "global", xid: 101)], to: 101)
        try stage.advanced([invalidation("todo", "list", "list/1/x", scope: "global", xid: 102)], to: 102)
        #expect(try client.read() == [told(#"[["list"]]"#, #"["102"]"#, id: "k3-102")])
        // Positions move on: whoever enables it says it to all.
        try stage.advanced([invalidation("todo", scope: "global", xid: 103)], to: 104)
        stage.beat()
        #expect(try client.read() == [.beat(id: "k3-104")])
        stage.obey(try controls(2))
        try stage.advanced([invalidation("todo", scope: "*", xid: 105)], to: 106)
        #expect(try client.read().map(\.data) == [#"{"tags":[["todo"]],"scopes":[],"txids":["105"]}"#])
    }

    @Test func `nobody who comes back is told of what is disabled, and whoever comes back later is`() throws {
        let stage = try Stage()
        try stage.advanced([invalidation("todo/1", "list", scope: "global", xid: 101)], to: 102)
        stage.obey(try controls(1, disabled: ["todo"]))
        try stage.advanced([invalidation("todo/2", scope: "global", xid: 103)], to: 104)
        let resume = StreamRequest.Resume.position(try position(100))
        let during = try stage.open(user("ann"), resume: resume)
        #expect(try during.read().last == told(#"[["list"]]"#, #"["101","103"]"#, id: "k3-104"))
        stage.obey(try controls(2))
        let after = try stage.open(user("ann"), resume: resume)
        #expect(try after.read().last == told(#"[["todo",1],["list"],["todo",2]]"#, #"["101","103"]"#, id: "k3-104"))
    }

    @Test func `what waits for a slow client is dropped when its tag is disabled`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        client.setWritable(false)
        try stage.advanced([invalidation("todo/1", scope: "global", xid: 101)], to: 102)
        stage.obey(try controls(1, disabled: ["todo"]))
        client.setWritable(true)
        #expect(try client.readBytes().isEmpty)
        stage.beat()
        #expect(try client.read() == [.beat(id: "k3-102")])
    }

    @Test func `a reset is told whatever is disabled`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        stage.obey(try controls(1, disabled: ["todo"]))
        stage.advanced([Invalidation(tags: [], scope: .global, xid: 101, coversAll: true)], to: 102)
        #expect(try client.read() == [.reset("overflow", id: "k3-102")])
    }
}
