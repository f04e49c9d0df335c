import TestSupport
import Testing

/// What a connection begins with tells what it speaks (RFC 9113 §3.4).
@Suite(.timeLimit(.minutes(20))) struct PrefaceTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let settings = frame(type: 4, stream: 0)

    private static func frame(type: UInt8, flags: UInt8 = 0, stream: Int, _ payload: [UInt8] = []) -> [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
            + [24, 16, 8, 0].map { UInt8(stream >> $0 & 255) } + payload
    }

    @Test func `a preface that comes byte by byte is one`() async throws {
        try await RunningService.withService { service in
            let connection = try await TCPConnection.open(port: service.port)
            for byte in Self.preface + Self.settings { try await connection.send([byte]) }
            let answer = try #require(try await connection.next())
            // Ours begins with a frame of settings.
            #expect(answer.dropFirst(3).first == 4)
            await connection.close()
        }
    }

    @Test func `a request of HTTP/1.1 that begins like the preface is none`() async throws {
        try await RunningService.withService { service in
            for pieces in [
                ["P", "UT /nothing HTTP/1.1\r\nHost: x\r\n", "Content-Length: 0\r\n\r\n"], ["PR", "OPFIND"],
            ] {
                let connection = try await HTTPConnection.open(port: service.port)
                for piece in pieces { try await connection.send(piece) }
                if pieces.count == 2 { try await connection.send(" /nothing HTTP/1.1\r\nHost: x\r\n\r\n") }
                #expect(try await HTTPTestClient.receive(from: connection).status == 404)
                await connection.close()
            }
        }
    }

    @Test(arguments: [
        // Not a frame.
        preface + Array("GET / HTTP/1.1\r\n\r\n".utf8),
        // A frame before the settings.
        preface + frame(type: 0, stream: 1, [1, 2, 3]),
        // Larger than we allow.
        preface + settings + [255, 255, 255, 1, 4, 0, 0, 0, 1],
        // Fields that cannot be decompressed.
        preface + settings + frame(type: 1, flags: 5, stream: 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        // A stream that only the server may open.
        preface + settings + frame(type: 1, flags: 5, stream: 2, [0x82, 0x86, 0x84, 0x41, 1, 0x78]),
        // A window that grows by nothing.
        preface + settings + frame(type: 8, stream: 0, [0, 0, 0, 0]),
        // A preface that is none after all.
        Array("PRI * HTTP/2.0\r\n\r\nXM\r\n\r\n".utf8),
    ])
    func `what breaks the protocol ends that connection and nothing else`(bytes: [UInt8]) async throws {
        try await RunningService.withService { service in
            let connection = try await TCPConnection.open(port: service.port)
            try await connection.send(bytes)
            _ = try await connection.rest()
            #expect(try await service.get("/health/live").status == 200)
        }
    }

    @Test func `a client that goes away within the preface, or after it, is forgotten`() async throws {
        try await RunningService.withService { service in
            for count in [1, 12, 23, 24] {
                let connection = try await TCPConnection.open(port: service.port)
                try await connection.send(Array(Self.preface.prefix(count)))
                await connection.close()
            }
            #expect(try await service.get("/health/live").status == 200)
        }
    }

    @Test func `streams that are opened and reset without end close their connection`() async throws {
        try await RunningService.withService { service in
            let connection = try await TCPConnection.open(port: service.port)
            var bytes = Self.preface + Self.settings
            // GET http://x/ (RFC 7541, appendix A), and a reset with CANCEL.
            for stream in stride(from: 1, through: 2_401, by: 2) {
                bytes += Self.frame(type: 1, flags: 5, stream: stream, [0x82, 0x86, 0x84, 0x41, 1, 0x78])
                bytes += Self.frame(type: 3, stream: stream, [0, 0, 0, 8])
            }
            try await connection.send(bytes)
            let answer = try await connection.rest()
            // The last frame is a GOAWAY with ENHANCE_YOUR_CALM.
            #expect(answer.suffix(17).dropFirst(3).first == 7)
            #expect(answer.suffix(4) == [0, 0, 0, 11])
            #expect(try await service.get("/health/live").status == 200)
        }
    }

    @Test func `a shutdown does not wait for a client that has not said what it speaks`() async throws {
        try await RunningService.withService { service in
            let silent = try await TCPConnection.open(port: service.port)
            let half = try await TCPConnection.open(port: service.port)
            try await half.send("PRI * HT")
            // By the time that this is answered, those have been accepted.
            #expect(try await service.get("/health/live").status == 200)
            service.process.terminate()
            #expect(try await silent.rest().isEmpty)
            #expect(try await half.rest().isEmpty)
            #expect(try await service.process.exit() == .code(0))
        }
    }
}
