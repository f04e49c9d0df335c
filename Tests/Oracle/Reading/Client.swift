import SeededRandom
import TestSupport

/// What a browser is to Freshet: it keeps a position and what it has fetched, loses its connection, and comes back.
actor Client {
    let number: Int
    let user: Int
    private let world: World
    private var random: SeededRandom
    private var record: ClientRecord

    /// What it would send as `Last-Event-ID`.
    private var position: String?
    private var hasBase = false
    private var filter: [String] = []
    private var isSlow = false
    private var isWelcome = false

    /// Without a word for so long, a connection is dead: heartbeats come twice a second.
    private static let silence: Duration = .seconds(8)

    private static let filters = [
        ["notes"], ["note"], ["hand", "board"], ["readings", "items", "board/3"], ["scrap", "note/17"],
    ]

    init(number: Int, user: Int, world: World, seed: UInt64) {
        self.number = number
        self.user = user
        self.world = world
        random = SeededRandom(seed: seed)
        record = ClientRecord(client: number, user: "\(user)", grants: SessionBook.grants(ofUser: user))
    }

    /// Comes and goes until it has come to the end of the round, or is cancelled.
    func run(_ stage: Stage) async -> ClientRecord {
        record = ClientRecord(client: number, user: "\(user)", grants: SessionBook.grants(ofUser: user))
        (position, hasBase, filter) = (nil, false, [])
        while !Task.isCancelled, !record.hasArrived {
            await visit(stage)
            if record.hasArrived { break }
            if stage.isCalm {
                try? await Task.sleep(for: .milliseconds(random.int(50..<300)))
            } else {
                await stage.pause(.milliseconds(random.int(0..<(isPatient ? 1_200 : 20))))
            }
        }
        return record
    }

    /// Whether it takes its time before it comes again.
    private var isPatient: Bool {
        let wasSentAway = record.entries.suffix(3).contains { if case .goaway = $0.entry { true } else { false } }
        return wasSentAway || (!isHasty && random.chance(0.7))
    }

    /// The last of each user's clients.
    private var isHasty: Bool { number >= 18 }

    // MARK: One connection

    private func visit(_ stage: Stage) async {
        do {
            try await prepare(stage)
        } catch {
            return forget()
        }
        guard let session = world.sessions.current(user) else { return }
        let index = random.int(0..<world.replicas.count)
        // Some go past the proxy, with so small a buffer that the service feels at once when they do not read.
        let isDirect = number % 4 == 1
        let port = isDirect ? world.replicas[index].port : world.clientProxies[index].port
        record.append(.asked(session: session.number, replica: world.replicas[index].name, position: position))
        do {
            let request = request(session)
            let stream = try await withDeadline("a response", within: .seconds(6)) {
                try await SSEClient.connect(
                    port: port,
                    request.target,
                    fields: request.fields,
                    options: .init(receiveBuffer: isDirect ? 4096 : nil)
                )
            }
            if stream.head.status == 200 {
                await listen(to: stream, stage)
            } else {
                record.append(.refused(status: stream.head.status))
            }
            await stream.connection.close()
        } catch {
            close(error)
        }
    }

    /// Decides with what it comes: with what it had, with nothing, or with a position that it has read with its data.
    private func prepare(_ stage: Stage) async throws {
        let startsAnew = position == nil || (!stage.isCalm && random.chance(isHasty ? 0.03 : 0.12))
        guard startsAnew else { return }
        forget()
        filter = random.chance(0.25) ? random.pick(Self.filters) : []
        guard random.chance(0.5) else { return }
        let (snapshot, position) = try await world.database.snapshotAndPosition()
        record.append(.base(snapshot, filter: filter))
        self.position = position
        hasBase = true
    }

    private func forget() {
        if hasBase { record.append(.forgot) }
        (position, hasBase) = (nil, false)
    }

    private func request(_ session: SessionBook.Session) -> (target: String, fields: [(name: String, value: String)]) {
        var fields = [(name: "Authorization", value: "Bearer \(session.token)")]
        var query = filter.isEmpty ? [] : ["tags=" + filter.joined(separator: ",")]
        if let position {
            if random.chance(0.3) {
                query.append("lastEventId=\(position)")
            } else {
                fields.append(("Last-Event-ID", position))
            }
        }
        return ("/api/invalidator/sse" + (query.isEmpty ? "" : "?" + query.joined(separator: "&")), fields)
    }

    private func listen(to stream: SSEClient, _ stage: Stage) async {
        isWelcome = false
        isSlow = false
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.read(stream, stage)
                return true
            }
            group.addTask {
                await self.mistreat(stream, stage)
                return false
            }
            for await hasEnded in group where hasEnded { group.cancelAll() }
        }
    }

    private func mistreat(_ stream: SSEClient, _ stage: Stage) async {
        switch Temper(&random, isHasty: isHasty) {
        case .steady(let duration): await stage.pause(duration)
        case .slow(let duration):
            isSlow = true
            await stage.pause(duration)
        case .deaf(let delay, let duration):
            await stage.pause(delay)
            try? await stream.connection.pause()
            await stage.pause(duration)
            // Some leave without having read the rest.
            if stage.isCalm || random.chance(0.6) { try? await stream.connection.resume() }
            if !stage.isCalm { await stage.pause(.milliseconds(random.int(0..<2_000))) }
        }
        if stage.isCalm {
            try? await stream.connection.resume()
        } else if random.chance(0.5) {
            await stream.connection.close()
        } else {
            await stream.connection.reset()
        }
    }

    // MARK: What it is told

    private func read(_ stream: SSEClient, _ stage: Stage) async {
        do {
            while !record.hasArrived {
                guard let item = try await stream.next(within: Self.silence) else { return close(nil) }
                try await take(item, stage)
                if isSlow, !stage.isCalm { await stage.pause(.milliseconds(random.int(5..<120))) }
            }
        } catch {
            close(error)
        }
    }

    private func close(_ error: (any Error)?) {
        record.append(.closed(error.map { String("\($0)".prefix(80)) } ?? "the stream ended"))
    }

    private func take(_ item: EventStreamItem, _ stage: Stage) async throws {
        switch item {
        case .comment, .retry: return
        case .position(let id): moved(to: id, stage)
        case .event(let event):
            guard let data = StreamData(event.data) else {
                record.append(.nonsense("an event \(event.type) with the data \(event.data.prefix(200))"))
                return
            }
            if !isWelcome, event.type != "welcome", event.type != "goaway" {
                record.append(.nonsense("the first event is \(event.type)"))
            }
            try await take(event.type, data)
            guard let id = event.id else {
                // Whoever came with no position and is sent away has none to keep.
                if event.type != "goaway" { record.append(.nonsense("an event \(event.type) without an id")) }
                return
            }
            moved(to: id, stage)
        }
    }

    private func take(_ type: String, _ data: StreamData) async throws {
        switch type {
        case "welcome":
            isWelcome = true
            record.append(.welcome(resumed: data.resumed ?? false, scopes: data.scopes ?? []))
            if data.resumed != true { try await fetchAll() }
        case "invalidate":
            let xids = (data.txids ?? []).compactMap { UInt64($0) }
            record.append(.invalidate(xids: xids, tags: data.tagTexts, scopes: data.scopes ?? []))
            if random.chance(0.03), let snapshot = try? await world.database.snapshot() {
                record.append(.glance(snapshot))
            }
        case "reset":
            record.append(.reset(reason: data.reason ?? "none"))
            try await fetchAll()
        case "goaway": record.append(.goaway(reason: data.reason ?? "none"))
        default: record.append(.nonsense("an event \(type)"))
        }
    }

    private func moved(to id: String, _ stage: Stage) {
        position = id
        guard let known = StreamPosition(id) else { return record.append(.nonsense("the id \(id)")) }
        record.append(.id(known))
        guard let end = stage.end, hasBase, known.timeline == end.timeline, known.horizon >= end.horizon else { return }
        record.hasArrived = true
    }

    private func fetchAll() async throws {
        do {
            record.append(.base(try await world.database.snapshot(), filter: filter))
            hasBase = true
        } catch {
            forget()
            throw error
        }
    }
}
