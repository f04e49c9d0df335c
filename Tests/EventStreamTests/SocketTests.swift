import EventStream
import Invalidation
import NIOCore
import NIOPosix
import Testing

import struct Invalidation.Tag

/// Streams on real sockets and real threads: two event loops, one hub.
@Suite(.timeLimit(.minutes(1))) struct SocketTests {
    @Test func `streams on every loop hear the same, in the order of commit`() async throws {
        try await withServer { server in
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

    @Test func `a client that does not read is told all of it in fewer events once it does`() async throws {
        try await withServer { server in
            let connection = try await server.connect(as: user("ann"), isReading: false)
            let long = String(repeating: "x", count: 2_000)
            for xid in UInt64(101)...2_100 {
                let tag = "\(long)/\(xid % 200)"
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
            #expect(told == Set(0..<200))
            #expect(events < 1_000)
        }
    }

    @Test func `shutdown says goaway on every loop and closes`() async throws {
        try await withServer { server in
            let connections = try await (0..<4).asyncMap { try await server.connect(as: user("\($0)")) }
            server.hub.shutDown()
            for connection in connections {
                #expect(try await connection.next()?.withoutRetry == .goaway("shutdown", id: "k3-100"))
                #expect(try await connection.next() == nil)
            }
        }
    }

    @Test func `clients that come and go at once leave nothing behind`() async throws {
        try await withServer { server in
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
}
