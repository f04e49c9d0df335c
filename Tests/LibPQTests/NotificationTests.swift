import LibPQ
import Testing

@Suite(.timeLimit(.minutes(20))) struct NotificationTests {
    /// A connection that listens, and one that talks.
    private func withConnections<R>(_ body: (Connection, Connection) async throws -> R) async throws -> R {
        let info = try await ThrowawayServer.shared.info
        return try await Connection.withConnection(info) { listener in
            try await Connection.withConnection(info) { talker in try await body(listener, talker) }
        }
    }

    /// Takes batches until there are so many notifications.
    private func take(_ count: Int, from iterator: inout Notifications.AsyncIterator) async throws -> [String] {
        var payloads: [String] = []
        while payloads.count < count {
            guard case .notifications(let batch)? = try await iterator.next() else {
                Issue.record("Notifications were lost.")
                return payloads
            }
            payloads += batch.map(\.payload)
        }
        return payloads
    }

    @Test func `notifications come in the order of their commits, and none is missing`() async throws {
        try await withConnections { listener, talker in
            try await listener.withNotifications(on: "order", limit: 10_000) { notifications in
                async let sent: Void = talker.execute(
                    "do $$ begin for n in 1..10000 loop perform pg_notify('order', n::text); commit; end loop; end $$"
                )
                var iterator = notifications.makeAsyncIterator()
                #expect(try await take(10_000, from: &iterator) == (1...10_000).map(String.init))
                try await sent
            }
        }
    }

    @Test func `a notification has its payload and its sender`() async throws {
        try await withConnections { listener, talker in
            try await listener.withNotifications(on: "facts", limit: 10) { notifications in
                _ = try await talker.query("select pg_notify('facts', $1)", ["{\"tag\": \"🦊 \\ ' \"}"])
                _ = try await listener.query("select pg_notify('facts', '')")
                var received: [LibPQ.Notification] = []
                for try await case .notifications(let batch) in notifications {
                    received += batch
                    if received.count == 2 { break }
                }
                #expect(received[0].payload == "{\"tag\": \"🦊 \\ ' \"}")
                #expect(received[0].senderProcessID == talker.backendProcessID)
                #expect(received[1].payload == "")
                #expect(received[1].senderProcessID == listener.backendProcessID)
            }
        }
    }

    @Test(arguments: ["Mixed Case", "quo\"te", "x; drop table y", "🦊", "select"])
    func `a channel's name is taken for what it is`(channel: String) async throws {
        try await withConnections { listener, talker in
            try await listener.withNotifications(on: channel, limit: 10) { notifications in
                _ = try await talker.query("select pg_notify($1, 'here')", [.text(channel)])
                var iterator = notifications.makeAsyncIterator()
                #expect(try await take(1, from: &iterator) == ["here"])
                let rows = try await listener.query("select pg_listening_channels()")
                #expect(try rows[0].decode(at: 0, as: String.self) == channel)
            }
        }
    }

    @Test func `a channel that PostgreSQL refuses is an error`() async throws {
        try await withConnections { listener, _ in
            for channel in ["", "a\0b"] {
                await #expect(throws: PostgresError.self) {
                    try await listener.withNotifications(on: channel, limit: 10) { _ in }
                }
            }
            let next = try await listener.query("select 1")
            #expect(next.count == 1)
        }
    }

    @Test func `statements run while notifications come`() async throws {
        try await withConnections { listener, talker in
            try await listener.withNotifications(on: "busy", limit: 10_000) { notifications in
                async let sent: Void = talker.execute(
                    "do $$ begin for n in 1..2000 loop perform pg_notify('busy', n::text); commit; end loop; end $$"
                )
                async let answers: Void = {
                    for n in 0..<200 {
                        let rows = try await listener.query("select $1::int from generate_series(1, 100)", [.int(n)])
                        #expect(rows.count == 100)
                        #expect(try rows[99].decode(at: 0, as: Int.self) == n)
                    }
                }()
                var iterator = notifications.makeAsyncIterator()
                #expect(try await take(2000, from: &iterator) == (1...2000).map(String.init))
                try await sent
                try await answers
            }
        }
    }

    @Test func `what arrives with a statement's answer is delivered`() async throws {
        try await withConnections { listener, _ in
            try await listener.withNotifications(on: "own", limit: 10) { notifications in
                var iterator = notifications.makeAsyncIterator()
                for n in 1...100 {
                    _ = try await listener.query("select pg_notify('own', $1)", [.int(n)])
                    #expect(try await take(1, from: &iterator) == ["\(n)"])
                }
            }
        }
    }

    @Test func `too many are dropped and said to be, and what follows is delivered`() async throws {
        try await withConnections { listener, talker in
            try await listener.withNotifications(on: "flood", limit: 100) { notifications in
                try await talker.execute("select pg_notify('flood', n::text) from generate_series(1, 5000) n")
                // Answered after the flood: all of it has been read by then.
                _ = try await listener.query("select pg_notify('flood', 'last')")
                var iterator = notifications.makeAsyncIterator()
                #expect(try await iterator.next() == .overflow)
                _ = try await talker.query("select pg_notify('flood', 'after')")
                #expect(try await take(1, from: &iterator) == ["after"])
            }
        }
    }

    @Test func `a channel is left when its last listener leaves`() async throws {
        try await withConnections { listener, talker in
            try await listener.withNotifications(on: "shared", limit: 10) { outer in
                try await listener.withNotifications(on: "shared", limit: 10) { inner in
                    _ = try await talker.query("select pg_notify('shared', 'both')")
                    var (first, second) = (outer.makeAsyncIterator(), inner.makeAsyncIterator())
                    #expect(try await take(1, from: &first) == ["both"])
                    #expect(try await take(1, from: &second) == ["both"])
                }
                _ = try await talker.query("select pg_notify('shared', 'one')")
                var iterator = outer.makeAsyncIterator()
                #expect(try await take(1, from: &iterator) == ["one"])
            }
            let channels = try await listener.query("select pg_listening_channels()")
            #expect(channels.isEmpty)
        }
    }

    @Test func `two channels do not mix`() async throws {
        try await withConnections { listener, talker in
            try await listener.withNotifications(on: "left", limit: 10) { left in
                try await listener.withNotifications(on: "left2", limit: 10) { right in
                    try await talker.execute("select pg_notify('left2', 'r'), pg_notify('left', 'l')")
                    var (first, second) = (left.makeAsyncIterator(), right.makeAsyncIterator())
                    #expect(try await take(1, from: &first) == ["l"])
                    #expect(try await take(1, from: &second) == ["r"])
                }
            }
        }
    }

    @Test func `an error in the body leaves the channel`() async throws {
        struct Failure: Error {}
        try await withConnections { listener, _ in
            await #expect(throws: Failure.self) {
                try await listener.withNotifications(on: "failing", limit: 10) { _ in throw Failure() }
            }
            let channels = try await listener.query("select pg_listening_channels()")
            #expect(channels.isEmpty)
        }
    }

    @Test func `a cancelled listener stops waiting and leaves the channel`() async throws {
        try await withConnections { listener, talker in
            let task = Task {
                try await listener.withNotifications(on: "cancelled", limit: 10) { notifications in
                    for try await _ in notifications { return }
                }
            }
            try await wait(for: listener.backendProcessID, until: "query like 'listen%' and state = 'idle'", on: talker)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let channels = try await listener.query("select pg_listening_channels()")
            #expect(channels.isEmpty)
        }
    }
}
