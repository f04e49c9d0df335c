import Foundation
import NIOSSL
import TestSupport
import Testing

/// HTTPS, with HTTP/2 and without.
@Suite(.timeLimit(.minutes(20))) struct TLSTests {
    private static func withService(
        _ arguments: [String] = [],
        _ body: (RunningService, ThrowawayCertificate) async throws -> Void
    ) async throws {
        try await ThrowawayCertificate.withCertificate { certificate in
            try await RunningService.withService(certificate.arguments + arguments) { service in
                try await body(service, certificate)
            }
        }
    }

    private static func options(_ certificate: ThrowawayCertificate) throws -> HTTPConnection.Options {
        .init(trust: try certificate.trust(["http/1.1"]))
    }

    @Test func `a client that offers HTTP/2 gets it, and streams`() async throws {
        try await Self.withService { service, certificate in
            let token = try await service.token("1")
            let trust = try certificate.trust(["h2", "http/1.1"])
            try await service.withHTTP2(trust: trust) { connection in
                #expect(try await trust.agreements.next("the handshake") == "h2")
                let (stream, _) = try await connection.stream(token)
                _ = try await service.psql("select freshet.invalidate('{todos}', 'user/1')")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todos"]])
                let health = try await connection.send(TestRequest("GET", "/health/live"))
                #expect(health.head.status == 200)
                _ = try await service.psql("select freshet.revoke_session('\(token)')")
                #expect(try await stream.nextEvent("goaway").json.reason == "revoked")
                #expect(try await stream.rest().isEmpty)
            }
        }
    }

    @Test func `TLS 1.2 and 1.3 are spoken, and nothing older`() async throws {
        try await Self.withService { service, certificate in
            for version in [TLSVersion.tlsv12, .tlsv13] {
                try await service.withHTTP2(trust: try certificate.trust(["h2"], version: version)) { connection in
                    let health = try await connection.send(TestRequest("GET", "/health/live"))
                    #expect(health.head.status == 200)
                }
            }
            let old = try certificate.trust(["http/1.1"], version: .tlsv11)
            let connection = try await HTTPConnection.open(port: service.port, options: .init(trust: old))
            await #expect(throws: (any Error).self) { try await HTTPTestClient.receive(from: connection) }
        }
    }

    @Test func `a client that does not offer HTTP/2 streams over HTTP/1.1, encrypted`() async throws {
        try await Self.withService { service, certificate in
            let token = try await service.token("1")
            let trust = try certificate.trust(["http/1.1"])
            var options = HTTPConnection.Options(keepsBytes: true)
            options.trust = trust
            try await service.withStream(token, options: options) { stream, _ in
                #expect(try await trust.agreements.next("the handshake") == "http/1.1")
                for tag in ["a", "b", "c"] {
                    _ = try await service.psql("select freshet.invalidate('{\(tag)}', 'user/1')")
                    #expect(try await stream.nextEvent("invalidate").json.tags == [[.text(tag)]])
                }
                _ = try await service.psql("select freshet.revoke_session('\(token)')")
                #expect(try await stream.nextEvent("goaway").json.reason == "revoked")
                #expect(try await stream.rest().isEmpty)
            }
        }
    }

    @Test func `an ordinary request over HTTP/1.1 is answered`() async throws {
        try await Self.withService { service, certificate in
            let connection = try await HTTPConnection.open(port: service.port, options: try Self.options(certificate))
            try await connection.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await HTTPTestClient.receive(from: connection).text == #"{"status":"live"}"#)
            await connection.close()
        }
    }

    @Test func `plain bytes are answered with nothing plain, and end that connection alone`() async throws {
        try await Self.withService { service, certificate in
            for bytes in ["GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
                let connection = try await TCPConnection.open(port: service.port)
                try await connection.send(bytes)
                let answer = String(decoding: try await connection.rest(), as: UTF8.self)
                #expect(!answer.contains("HTTP"))
            }
            _ = try await service.withStream(try await service.token("1"), options: try Self.options(certificate)) {
                _,
                welcome in welcome
            }
        }
    }

    @Test func `SIGHUP shows new connections the new certificate and leaves open ones alone`() async throws {
        try await Self.withService { service, certificate in
            let token = try await service.token("1")
            let old = try Self.options(certificate)
            try await service.withStream(token, options: old) { stream, _ in
                try await certificate.make()
                service.process.hangUp()
                let line = try await service.process.line(containing: "The certificate was read again")
                #expect(line.contains("valid-until=20"))
                _ = try await service.withStream(token, options: try Self.options(certificate)) { $1 }
                // Whoever trusts only the old one is shown something else now.
                await #expect(throws: (any Error).self) { try await service.withStream(token, options: old) { $1 } }
                _ = try await service.psql("select freshet.invalidate('{todos}', 'user/1')")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todos"]])
            }
        }
    }

    @Test func `SIGHUP with files that will not do says which, and leaves the old certificate`() async throws {
        try await Self.withService { service, certificate in
            let token = try await service.token("1")
            let old = try Self.options(certificate)
            try Data("nothing\n".utf8).write(to: URL(fileURLWithPath: certificate.certificate))
            service.process.hangUp()
            let garbage = try await service.process.line(containing: "The certificate was not read again")
            #expect(garbage.contains("error") && garbage.contains(certificate.certificate))
            _ = try await service.withStream(token, options: old) { $1 }
            try FileManager.default.removeItem(atPath: certificate.key)
            try await ThrowawayCertificate.withCertificate { other in
                try FileManager.default.removeItem(atPath: certificate.certificate)
                try FileManager.default.copyItem(atPath: other.certificate, toPath: certificate.certificate)
                service.process.hangUp()
                let missing = try await service.process.line(containing: "The certificate was not read again")
                #expect(missing.contains(certificate.key))
            }
            _ = try await service.withStream(token, options: old) { $1 }
        }
    }

    @Test func `SIGHUP without a certificate does nothing but say so`() async throws {
        try await RunningService.withService { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                service.process.hangUp()
                try await service.process.line(containing: "SIGHUP does nothing")
                _ = try await service.psql("select freshet.invalidate('{todos}', 'user/1')")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todos"]])
            }
        }
    }

    @Test func `a shutdown ends streams in order, and waits for nobody who is shaking hands`() async throws {
        try await Self.withService { service, certificate in
            let token = try await service.token("1")
            try await service.withStream(token, options: try Self.options(certificate)) { first, _ in
                try await service.withHTTP2(trust: try certificate.trust(["h2"])) { connection in
                    let (second, _) = try await connection.stream(token)
                    let silent = try await TCPConnection.open(port: service.port)
                    let half = try await TCPConnection.open(port: service.port)
                    // The beginning of a record that is never finished.
                    try await half.send([22, 3, 1, 2, 0, 1])
                    #expect(try await connection.send(TestRequest("GET", "/health/live")).head.status == 200)
                    service.process.terminate()
                    #expect(try await first.nextEvent("goaway").json.reason == "shutdown")
                    #expect(try await second.nextEvent("goaway").json.reason == "shutdown")
                    #expect(try await second.rest().isEmpty)
                    _ = try await silent.rest()
                    _ = try await half.rest()
                }
            }
            #expect(try await service.process.exit() == .code(0))
        }
    }

    @Test func `clients that read nothing do not hold a shutdown up`() async throws {
        try await Self.withService { service, certificate in
            let token = try await service.token("1")
            try await service.withStream(token, options: try Self.options(certificate)) { stream, _ in
                try await stream.connection.pause()
                try await service.withHTTP2(trust: try certificate.trust(["h2"])) { connection in
                    _ = try await connection.stream(token)
                    try await connection.pause()
                    service.process.terminate()
                    #expect(try await service.process.exit() == .code(0))
                }
            }
        }
    }

    @Test func `tail follows a stream over https whose certificate it is told to trust`() async throws {
        try await Self.withService { service, certificate in
            let url = "https://localhost:\(service.port)" + RunningService.base
            let environment = ["FRESHET_TOKEN": try await service.token("1")]
            let trusting = ["tail", "--url", url, "--ca-file", certificate.certificate]
            try await ServiceProcess.withProcess(ServiceProcess.freshet, trusting, environment: environment) { tail in
                try await tail.line(containing: "welcome")
                _ = try await service.psql("select freshet.invalidate('{todos}', 'user/1')")
                try await tail.line(containing: "invalidate")
            }
            let doubting = ["tail", "--url", url]
            try await ServiceProcess.withProcess(ServiceProcess.freshet, doubting, environment: environment) { tail in
                try await tail.line(containing: "the TLS handshake failed")
            }
            let missing = ["tail", "--url", url, "--ca-file", "/nonexistent.pem"]
            try await ServiceProcess.withProcess(ServiceProcess.freshet, missing, environment: environment) { tail in
                try await tail.line(containing: "--ca-file '/nonexistent.pem' holds no certificate")
            }
        }
    }

    // MARK: The files

    @Test func `one file without the other stops the start`() async throws {
        try await ThrowawayCertificate.withCertificate { certificate in
            try await Self.refused(["--tls-certificate", certificate.certificate], because: "--tls-key")
            try await Self.refused(["--tls-key", certificate.key], because: "--tls-certificate")
        }
    }

    @Test func `files that will not do stop the start, and are named`() async throws {
        try await ThrowawayCertificate.withCertificate { certificate in
            try await ThrowawayCertificate.withCertificate { other in
                let (certificate, key) = (certificate.certificate, certificate.key)
                try await Self.refused(
                    ["--tls-certificate", "/nonexistent.pem", "--tls-key", key],
                    because: "/nonexistent.pem cannot be read: there is no such file"
                )
                try await Self.refused(
                    ["--tls-certificate", key, "--tls-key", key],
                    because: "\(key) holds no certificate"
                )
                try await Self.refused(
                    ["--tls-certificate", certificate, "--tls-key", certificate],
                    because: "\(certificate) holds no private key"
                )
                try await Self.refused(
                    ["--tls-certificate", certificate, "--tls-key", other.key],
                    because: "The key in \(other.key) does not belong"
                )
            }
        }
    }

    private static func refused(_ arguments: [String], because reason: String) async throws {
        let arguments = ["serve", "--database-url", "host=/nonexistent", "--port", "0"] + arguments
        try await ServiceProcess.withProcess(ServiceProcess.freshet, arguments) { process in
            try await process.line(containing: reason)
            #expect(try await process.exit() != .code(0))
        }
    }
}
