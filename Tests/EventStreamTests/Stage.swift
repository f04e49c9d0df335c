import EventStream
import Invalidation
import NIOCore
import NIOEmbedded
import Testing

import struct Invalidation.Tag

/// A hub on one embedded event loop, whose clock and turns the test makes.
final class Stage {
    let loop = EmbeddedEventLoop()
    let hub: Hub

    /// - Parameter begins: whether a history begins at once, at horizon 100 with these entries above `floor`.
    init(
        _ configuration: HubConfiguration = .init(),
        begins: Bool = true,
        floor: UInt64 = 100,
        entries: [Invalidation] = []
    ) throws {
        hub = Hub(eventLoops: [loop], configuration: configuration)
        loop.run()
        if begins { try began(at: 100, floor: floor, entries: entries) }
    }

    func began(at horizon: UInt64, floor: UInt64? = nil, entries: [Invalidation] = []) throws {
        hub.publish(.began(position: try position(horizon), floor: floor ?? horizon, entries: entries))
        loop.run()
    }

    func advanced(_ batch: [Invalidation] = [], to horizon: UInt64) {
        hub.publish(.advanced(batch, horizon: horizon))
        loop.run()
    }

    func obey(_ controls: Controls) {
        hub.publish(.controlled(controls))
        loop.run()
    }

    /// Lets a whole heartbeat interval pass, so that each stream gets one.
    func beat() { loop.advanceTime(by: .seconds(15)) }

    /// Opens a stream as the route does, and gives the client at its other end.
    func open(
        _ session: LiveSession,
        filter: TagFilter? = nil,
        resume: StreamRequest.Resume = .none,
        framing: Framing = .chunked,
        on channel: EmbeddedChannel? = nil
    ) throws -> Client {
        let channel = channel ?? EmbeddedChannel(loop: loop)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        _ = hub.census.enter(session.session?.userID)
        let client = Client(channel, framing: framing)
        let request = StreamRequest(
            session: session,
            filter: filter,
            resume: resume,
            framing: framing,
            head: ByteBuffer(string: "HEAD\r\n\r\n")
        )
        try hub.open(request, on: channel)
        return client
    }

    /// Opens a stream and reads its `welcome` away.
    func welcomed(_ session: LiveSession, filter: TagFilter? = nil) throws -> Client {
        let client = try open(session, filter: filter)
        try #require(client.read().map(\.name) == ["welcome"])
        return client
    }
}

/// A session of this user, as its streams share it.
func user(_ id: String, scopes: String...) -> LiveSession { LiveSession(Session(userID: id, scopes: scopes)) }

func position(_ horizon: UInt64, timeline: String = "k3") throws -> Position {
    Position(timeline: try #require(Timeline(timeline)), horizon: horizon)
}

func invalidation(
    _ tags: String...,
    scope: String,
    xid: UInt64? = nil,
    origin: String? = nil
) throws -> Invalidation {
    Invalidation(tags: try tags.map(tag), scope: try #require(Scope(text: scope)), xid: xid, origin: origin)
}

func tag(_ text: String) throws -> Tag { try #require(Tag(text: text)) }

func filter(_ tags: String...) throws -> TagFilter { try #require(TagFilter(tags.map(tag))) }
