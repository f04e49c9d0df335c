import Invalidation
import NIOCore
import NIOEmbedded
import SeededRandom
import Testing

@testable import EventStream

/// The one guarantee (CONTRACT.md §2), held against random histories on two event loops.
@Suite struct GuaranteeTests {
    @Test(arguments: UInt64(1)...40)
    func `every commit in a client's grants is told to it or covered by a reset, and none outside`(seed: UInt64) throws
    {
        var world = try World(seed: seed)
        for _ in 0..<400 { try world.step() }
        try world.settle()
        try world.empty()
    }
}

/// A database, a hub on two event loops whose turns are taken at random, and the browsers that watch.
private struct World {
    private var random: SeededRandom
    private let loops = [EmbeddedEventLoop(), EmbeddedEventLoop()]
    private let hub: Hub
    private var database: Database
    private var batch: [Database.Committed] = []
    private var horizon: UInt64 = 0
    private var watchers: [Watcher] = []
    private var held: Set<Int> = []
    private var timelines = 0

    private static let extras = [[], ["tenant/a"], ["tenant/b"], ["tenant/a", "tenant/b"]]

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        let limit = History.Limit(entries: random.pick([20, 100_000]))
        hub = Hub(eventLoops: loops, configuration: .init(history: limit))
        let scopes = ["global", "*", "user/0", "user/1", "user/2", "tenant/a", "tenant/b"]
        let timeline = try #require(Timeline("t10"))
        database = Database(timeline: timeline, scopes: scopes.compactMap(Scope.init(text:)))
        hub.publish(.began(position: database.position, floor: database.horizon, entries: []))
        run()
    }

    mutating func step() throws {
        switch random.int(0..<100) {
        case 0..<25: database.begin()
        case 25..<50: commit()
        case 50..<62: publish()
        case 62..<68: random.pick(loops).run()
        case 68..<74: try open()
        case 74..<79: try disconnect()
        case 79..<85: setWritable()
        case 85..<92: try receive()
        case 92..<93: try end()
        case 93..<95: try regrant()
        case 95..<97: try holdOrRelease()
        case 97..<98: try lose()
        default: for loop in loops { loop.advanceTime(by: .seconds(15)) }
        }
    }

    /// Lets everything that was held back go, and checks that nobody is owed anything.
    mutating func settle() throws {
        publish()
        hub.release(watchers.map(\.session))
        run()
        for index in watchers.indices {
            watchers[index].client?.setWritable(true)
            try watchers[index].receive(of: database)
        }
        // Whoever is away, or was sent away, comes back once more.
        for index in watchers.indices where watchers[index].client == nil { try connect(index) }
        run()
        for index in watchers.indices {
            try watchers[index].receive(of: database)
            #expect(watchers[index].owed.isEmpty)
            #expect(!watchers[index].isOwedReset)
        }
        #expect(hub.census.streams == watchers.count)
    }

    /// Closes everything and checks that nothing is kept of it.
    mutating func empty() throws {
        for index in watchers.indices.shuffled(using: &random) { watchers[index].disconnect() }
        run()
        for loop in loops { loop.advanceTime(by: .seconds(10)) }
        #expect(hub.census.streams == 0)
        let isEmpty = hub.shards.values.allSatisfy { $0.value.isEmpty }
        #expect(isEmpty)
    }

    private func run() { for loop in loops { loop.run() } }

    private mutating func commit() {
        guard let (entry, horizon) = database.commit(&random) else { return }
        batch.append(entry)
        self.horizon = max(self.horizon, horizon)
        for index in watchers.indices { watchers[index].note(entry) }
    }

    private mutating func publish() {
        if batch.isEmpty { horizon = database.horizon }
        hub.publish(.advanced(batch.map(\.invalidation), horizon: horizon))
        batch = []
    }

    private mutating func open() throws {
        let away = watchers.indices.filter { watchers[$0].client == nil }
        if !away.isEmpty, random.chance(0.6) || watchers.count > 11 { return try connect(random.pick(away)) }
        guard watchers.count < 12 else { return }
        let shared = random.chance(0.4) ? watchers.randomElement(using: &random)?.session : nil
        let session = shared.flatMap { $0.ended == nil ? $0 : nil } ?? newSession(random.int(0..<3))
        watchers.append(Watcher(session, filter: random.chance(0.3) ? TagFilter([try tag("t0")]) : nil))
        try connect(watchers.count - 1)
    }

    private mutating func newSession(_ user: Int) -> LiveSession {
        LiveSession(Session(userID: "\(user)", scopes: random.pick(Self.extras)))
    }

    private mutating func connect(_ index: Int) throws {
        if watchers[index].session.ended != nil, let user = watchers[index].session.session?.userID {
            watchers[index].session = newSession(Int(user) ?? 0)
        }
        watchers[index].forgetLostScopes()
        let session = watchers[index].session
        let channel = EmbeddedChannel(loop: random.pick(loops))
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        let framing = random.pick([Framing.chunked, .untilClose])
        _ = hub.census.enter(session.session?.userID)
        try hub.open(
            StreamRequest(
                session: session,
                filter: watchers[index].filter,
                resume: watchers[index].resume,
                framing: framing,
                head: ByteBuffer(string: "HEAD\r\n\r\n")
            ),
            on: channel
        )
        watchers[index].client = Client(channel, framing: framing)
    }

    private mutating func disconnect() throws {
        guard let index = watchers.indices.randomElement(using: &random) else { return }
        try watchers[index].receive(writes: random.int(0..<4), of: database)
        watchers[index].disconnect()
    }

    private mutating func setWritable() {
        guard let index = watchers.indices.randomElement(using: &random) else { return }
        watchers[index].client?.setWritable(random.chance(0.5))
    }

    private mutating func receive() throws {
        guard let index = watchers.indices.randomElement(using: &random) else { return }
        try watchers[index].receive(writes: random.int(1..<10), of: database)
    }

    /// Reads all that the session's streams were told before its state changes on every loop.
    private mutating func change(_ change: (LiveSession) -> Void) throws -> [Int] {
        guard let session = watchers.randomElement(using: &random)?.session else { return [] }
        run()
        let streams = watchers.indices.filter { watchers[$0].session === session }
        for index in streams { try watchers[index].receive(of: database) }
        change(session)
        run()
        return streams
    }

    private mutating func end() throws {
        let hub = hub
        let ended = try change { hub.end($0, .revoked) }
        for index in ended {
            try watchers[index].receive(of: database)
            #expect(watchers[index].client?.isConnected != true)
        }
    }

    private mutating func regrant() throws {
        let hub = hub
        let extra = random.pick(Self.extras)
        let changed = try change { session in
            _ = session.update(Session(userID: session.session?.userID ?? "", scopes: extra))
            hub.regrant(session)
        }
        for index in changed {
            watchers[index].forgetLostScopes()
            // A stream that was told at once has the reset in its channel.
            watchers[index].isOwedReset = watchers[index].client != nil
        }
    }

    private mutating func holdOrRelease() throws {
        let hub = hub
        let hold = random.chance(0.5)
        _ = try change { session in if hold { hub.hold([session]) } else { hub.release([session]) } }
    }

    /// The database goes away and comes back: what was not published was lost, and the log tells it only from some
    /// transaction on, or not at all because it is another database.
    private mutating func lose() throws {
        for _ in 0..<random.int(0..<3) { commit() }
        batch = []
        if random.chance(0.4) {
            timelines += 1
            database.failOver(to: try #require(Timeline("t\(10 + timelines)")))
        }
        horizon = database.horizon
        let floor = horizon - UInt64(random.int(0..<15))
        hub.publish(.began(position: database.position, floor: floor, entries: database.log(from: floor)))
        if random.chance(0.5) { run() }
    }
}
