import EventStream
import Invalidation
import NIOCore
import NIOPosix
import Testing

import struct Invalidation.Tag

/// Streams on real sockets and real threads: two event loops, one hub; written past their channels, and through them.
@Suite(.timeLimit(.minutes(1))) struct SocketTests {
    @Test(arguments: [true, false]) func `streams on every loop hear the same, in the order of commit`(isPlain: Bool)
        async throws
    {
        try await withServer(isPlain: isPlain) { server in
            let connections = try await (0..<6).asyncMap { try await server.connect(as: user("\($0 % 2)")) }
            for xid in UInt64(101)...300 {
                let scope = xid % 3 == 0 ? "global" : "user/\(xid % 2)"
                server.hub.publish(.advanced([try invalidation("t/\(xid)", scope: scope, xid: xid)], horizon: xid))
            }
            server.hub.publish(.advanced([try invalidation("end", scope: "*", xid: 301)], horizon: 301))
            for (index, connection) in connections.enumerated() {
                let told = try await connection.xids(until: "k3-301")
                #expect(told == (101...300).filter { $0 % 3 == 0 || $0 % 2 == index % 2 } + [301])
            }
        }
    }

    @Test(arguments: [true, false]) func `a client that does not read is told all of it in fewer events once it does`(
        isPlain: Bool
    ) async throws {
        try await withServer(isPlain: isPlain) { server in
            let connection = try await server.connect(as: user("ann"), isReading: false)
            let long = String(repeating: "x", count: 2_000)
            for xid in UInt64(101)...2_100 {
                let tag = "\(long)/\(xid % 100)"
                server.hub.publish(.advanced([try invalidation(tag, scope: "user/ann", xid: xid)], horizon: xid))
            }
            try await connection.startReading()
            var told: Set<Int> = []
            var events = 0
            while let event = try await connection.next() {
                events += 1
                for match in (event.data ?? "").matches(of: /x",(\d+)\]/) { told.insert(Int(match.1) ?? -1) }
                if event.id == "k3-2100" { break }
            }
            #expect(told == Set(0..<100))
            #expect(events < 1_000)
        }
    }

    @Test(arguments: [true, false]) func `shutdown says goaway on every loop and closes`(isPlain: Bool) async throws {
        try await withServer(isPlain: isPlain) { server in
            let connections = try await (0..<4).asyncMap { try await server.connect(as: user("\($0)")) }
            server.hub.shutDown()
            for connection in connections {
                #expect(try await connection.next()?.withoutRetry == .goaway("shutdown", id: "k3-100"))
                #expect(try await connection.next() == nil)
            }
        }
    }

    @Test(arguments: [true, false]) func `clients that come and go at once leave nothing behind`(isPlain: Bool)
        async throws
    {
        try await withServer(isPlain: isPlain) { server in
            try await withThrowingTaskGroup { group in
                for task in 0..<8 {
                    group.addTask {
                        for round in 0..<10 {
                            let connection = try await server.connect(as: user("\(task % 3)"))
                            if task == 0 { server.hub.publish(.advanced([], horizon: UInt64(101 + round))) }
                            try await connection.close()
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// A descriptor that is closed is given out again at once: bytes for the old stream must not reach the new one.
    @Test(arguments: [true, false]) func `a stream that takes another's descriptor hears nothing of it`(isPlain: Bool)
        async throws
    {
        try await withServer(isPlain: isPlain) { server in
            var xid: UInt64 = 100
            for round in 0..<40 {
                let mine = "user/old\(round)"
                let old = try await server.connect(as: user("old\(round)"))
                let publishing = Task {
                    for _ in 0..<50 {
                        let told = try invalidation("secret", scope: mine, xid: 1)
                        server.hub.publish(.advanced([told], horizon: 101))
                    }
                }
                try await old.close()
                let new = try await server.connect(as: user("new\(round)"))
                try await publishing.value
                xid += 2
                server.hub.publish(
                    .advanced([try invalidation("own", scope: "user/new\(round)", xid: xid)], horizon: xid)
                )
                let event = try #require(try await new.next())
                #expect(event.data?.contains("own") == true)
                try await new.close()
            }
        }
    }

    @Test(arguments: [true, false]) func `a client that resets its connection is forgotten`(isPlain: Bool) async throws
    {
        try await withServer(isPlain: isPlain) { server in
            for round in 0..<10 {
                let connection = try await server.connect(as: user("ann"), isReading: false)
                try await connection.reset()
                for xid in UInt64(0)..<20 {
                    server.hub.publish(
                        .advanced(
                            [try invalidation("t", scope: "user/ann", xid: UInt64(200 + round * 20) + xid)],
                            horizon: 101
                        )
                    )
                }
            }
        }
    }
}
