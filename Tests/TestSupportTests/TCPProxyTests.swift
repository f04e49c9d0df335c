import NIOCore
import TestSupport
import Testing
import ThrowawayPostgres

@Suite struct TCPProxyTests {
    /// Answers each piece with itself, and with "bye" when there are no more.
    @Sendable private static func echo(_ server: inout Peer) async throws {
        while let bytes = try await server.read() { try await server.channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
        try await server.write("bye")
    }

    @Test func `bytes and ends go through in both directions`() async throws {
        try await ScriptedServer.run(Self.echo) { port in
            try await TCPProxy.withProxy(to: .tcp(port: port)) { proxy in
                try await Peer.connect(port: proxy.port) { peer in
                    try await peer.write("hello")
                    #expect(try await peer.readText(5) == "hello")
                    #expect(proxy.connectionCount == 1)
                    try await peer.channel.close(mode: .output)
                    #expect(try await peer.readText(3) == "bye")
                    #expect(try await peer.read() == nil)
                }
            }
        }
    }

    @Test func `a long transfer arrives whole, also when it is followed by a close`() async throws {
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        try await ScriptedServer.run { server in
            try await server.channel.writeAndFlush(ByteBuffer(bytes: bytes))
        } client: { port in
            try await TCPProxy.withProxy(to: .tcp(port: port)) { proxy in
                try await Peer.connect(port: proxy.port) { peer in
                    let received = try await peer.read(bytes.count + 1)
                    #expect(received == bytes)
                }
            }
        }
    }

    @Test func `a stalled proxy carries nothing and loses nothing`() async throws {
        try await ScriptedServer.run(Self.echo) { port in
            try await TCPProxy.withProxy(to: .tcp(port: port)) { proxy in
                try await Peer.connect(port: proxy.port) { peer in
                    try await peer.write("a")
                    #expect(try await peer.readText(1) == "a")
                    try await proxy.stall()
                    let answered = Latch()
                    try await peer.write("b")
                    await #expect(throws: DeadlineExceeded.self) {
                        try await answered.wait("an answer", within: .milliseconds(50))
                    }
                    #expect(proxy.connectionCount == 1)
                    try await proxy.resume()
                    #expect(try await peer.readText(1) == "b")
                    try await peer.channel.close(mode: .output)
                    #expect(try await peer.readText(3) == "bye")
                }
            }
        }
    }

    @Test func `dropping resets both sides`() async throws {
        try await ScriptedServer.run { server in
            try await server.write("a")
            await #expect(throws: IOError.self) { while try await server.read() != nil {} }
        } client: { port in
            try await TCPProxy.withProxy(to: .tcp(port: port)) { proxy in
                try await Peer.connect(port: proxy.port) { peer in
                    #expect(try await peer.readText(1) == "a")
                    try await proxy.dropAll()
                    await #expect(throws: IOError.self) { try await peer.read() }
                }
            }
        }
    }

    @Test func `a connection that gets no answer stays open and silent`() async throws {
        try await TCPProxy.withProxy(to: .tcp(port: 1)) { proxy in
            proxy.answerNothing()
            let connection = try await HTTPConnection.open(port: proxy.port)
            try await proxy.nextConnection()
            try await connection.send("hello")
            await #expect(throws: DeadlineExceeded.self) { try await connection.next(within: .milliseconds(50)) }
            #expect(proxy.connectionCount == 1)
            await connection.close()
        }
    }

    @Test(arguments: [true, false]) func `a refused connection is reset`(_ byProxy: Bool) async throws {
        // Port 1 has no listener: a target that is not there is a reset too.
        try await TCPProxy.withProxy(to: .tcp(port: 1)) { proxy in
            if byProxy { proxy.refuse() }
            await #expect(throws: (any Error).self) {
                let connection = try await HTTPConnection.open(port: proxy.port)
                _ = try await connection.next()
            }
        }
    }

    @Test func `half closing ends one direction and leaves the other`() async throws {
        try await ScriptedServer.run { server in
            #expect(try await server.readText(1) == "a")
            try await server.write("b")
            #expect(try await server.read() == nil)
            try await server.write("c")
        } client: { port in
            try await TCPProxy.withProxy(to: .tcp(port: port)) { proxy in
                try await Peer.connect(port: proxy.port) { peer in
                    try await peer.write("a")
                    #expect(try await peer.readText(1) == "b")
                    try await proxy.halfClose(.toTarget)
                    #expect(try await peer.readText(1) == "c")
                }
            }
        }
    }

    @Test func `a proxy that is turned to another target leaves open connections where they are`() async throws {
        @Sendable func answer(_ word: String) -> @Sendable (inout Peer) async throws -> Void {
            { server in while try await server.read() != nil { try await server.write(word) } }
        }
        try await ScriptedServer.run(answer("old")) { oldPort in
            try await ScriptedServer.run(answer("new")) { newPort in
                try await TCPProxy.withProxy(to: .tcp(port: oldPort)) { proxy in
                    try await Peer.connect(port: proxy.port) { before in
                        try await before.write("?")
                        #expect(try await before.readText(3) == "old")
                        proxy.retarget(.tcp(port: newPort))
                        try await Peer.connect(port: proxy.port) { after in
                            try await after.write("?")
                            #expect(try await after.readText(3) == "new")
                        }
                        try await before.write("?")
                        #expect(try await before.readText(3) == "old")
                    }
                }
            }
        }
    }

    @Test func `a Unix socket can be the target`() async throws {
        let cluster = try await TestDatabase.sharedCluster()
        try await TCPProxy.withProxy(to: .socket(path: cluster.socketPath)) { proxy in
            let answer = try await cluster.psql(.text("select 6 * 7"), conninfo: cluster.conninfo(port: proxy.port))
            #expect(answer == "42")
        }
    }
}
