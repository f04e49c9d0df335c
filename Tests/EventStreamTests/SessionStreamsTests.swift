import EventStream
import Invalidation
import NIOCore
import NIOEmbedded
import Testing

/// What a check of sessions does to open streams (CONTRACT.md §6).
@Suite struct SessionStreamsTests {
    @Test func `a held session is told nothing, and its id stays where it was`() throws {
        let stage = try Stage()
        let session = user("ann")
        let client = try stage.welcomed(session)
        let other = try stage.welcomed(user("ann"))
        stage.hub.hold([session])
        try stage.advanced([invalidation("a", scope: "user/ann", xid: 101)], to: 101)
        stage.beat()
        #expect(try client.read() == [.beat(id: "k3-100")])
        #expect(try other.read().map(\.id) == ["k3-101", "k3-101"])
    }

    @Test func `a held session with nothing to tell has its id held as well`() throws {
        let stage = try Stage()
        let session = user("ann")
        let client = try stage.welcomed(session)
        stage.hub.hold([session])
        stage.advanced(to: 150)
        stage.beat()
        #expect(try client.read() == [.beat(id: "k3-100")])
        stage.hub.release([session])
        stage.beat()
        #expect(try client.read() == [.beat(id: "k3-150")])
    }

    @Test func `release tells what was kept back, before anything newer`() throws {
        let stage = try Stage()
        let session = user("ann")
        let clients = [try stage.welcomed(session), try stage.welcomed(session)]
        stage.hub.hold([session])
        try stage.advanced([invalidation("a", scope: "user/ann", xid: 101)], to: 101)
        try stage.advanced([invalidation("b", scope: "global", xid: 102)], to: 102)
        stage.hub.release([session])
        try stage.advanced([invalidation("c", scope: "user/ann", xid: 103)], to: 103)
        for client in clients {
            #expect(
                try client.read() == [
                    .invalidate(
                        #"{"tags":[["a"],["b"]],"scopes":["user/ann","global"],"txids":["101","102"]}"#,
                        id: "k3-102"
                    ),
                    .invalidate(#"{"tags":[["c"]],"scopes":["user/ann"],"txids":["103"]}"#, id: "k3-103"),
                ]
            )
        }
    }

    @Test func `new grants are a reset, and hold for all that is published after`() throws {
        let stage = try Stage()
        let session = user("ann", scopes: "tenant/a")
        let client = try stage.welcomed(session)
        #expect(session.update(Session(userID: "ann", scopes: ["tenant/b"])))
        stage.hub.regrant(session)
        try stage.advanced([invalidation("a", scope: "tenant/a", xid: 101)], to: 101)
        try stage.advanced([invalidation("b", scope: "tenant/b", xid: 102)], to: 102)
        try stage.advanced([invalidation("c", scope: "*", xid: 103)], to: 103)
        #expect(
            try client.read() == [
                .reset("scopes", id: "k3-100"),
                .invalidate(#"{"tags":[["b"]],"scopes":["tenant/b"],"txids":["102"]}"#, id: "k3-102"),
                .invalidate(#"{"tags":[["c"]],"scopes":[],"txids":["103"]}"#, id: "k3-103"),
            ]
        )
    }

    @Test func `what was pending under lost grants is never told`() throws {
        let stage = try Stage()
        let session = user("ann", scopes: "tenant/a")
        let client = try stage.welcomed(session)
        let full = try stage.welcomed(session)
        stage.hub.hold([session])
        full.setWritable(false)
        try stage.advanced([invalidation("secret", scope: "tenant/a", xid: 101)], to: 101)
        _ = session.update(Session(userID: "ann"))
        stage.hub.regrant(session)
        try stage.advanced([invalidation("b", scope: "global", xid: 102)], to: 102)
        stage.hub.release([session])
        stage.loop.run()
        full.setWritable(true)
        for client in [client, full] { #expect(try client.read() == [.reset("scopes", id: "k3-102")]) }
    }

    @Test func `a session that ends is told so, and nothing after it`() throws {
        let stage = try Stage()
        let session = user("ann")
        let clients = [
            try stage.welcomed(session), try stage.open(session, framing: .untilClose), try stage.welcomed(session),
        ]
        _ = try clients[1].read()
        let other = try stage.welcomed(user("ann"))
        stage.hub.hold([session])
        try stage.advanced([invalidation("secret", scope: "user/ann", xid: 101)], to: 101)
        stage.hub.end(session, .revoked)
        stage.hub.release([session])
        try stage.advanced([invalidation("more", scope: "user/ann", xid: 102)], to: 102)
        stage.beat()
        for client in clients {
            #expect(try client.read() == [.goaway("revoked", id: "k3-100")])
            #expect(!client.isConnected)
        }
        #expect(clients[0].hasEnded)
        #expect(other.isConnected)
        #expect(stage.hub.census.streams == 1)
        #expect(session.ended == .revoked)
    }

    @Test func `a session that ended cannot be told anything by a later grant or release`() throws {
        let stage = try Stage()
        let session = user("ann")
        let client = try stage.welcomed(session)
        // The client reads nothing more, so the goodbye stays in the channel and the stream in its lists.
        client.setWritable(false)
        stage.hub.end(session, .expired)
        stage.hub.regrant(session)
        stage.hub.release([session])
        try stage.began(at: 200)
        client.setWritable(true)
        #expect(try client.read() == [.goaway("expired", id: "k3-100")])
    }

    @Test func `calls for a session without streams do nothing`() throws {
        let stage = try Stage()
        let session = user("ann")
        stage.hub.hold([session])
        stage.hub.release([session])
        stage.hub.regrant(session)
        stage.hub.end(session, .revoked)
        stage.loop.run()
        #expect(stage.hub.census.streams == 0)
    }
}
