import Foundation
import TestSupport
import Testing

/// `--token-format`: what is verified before anything is looked up (CONTRACT.md §6).
@Suite struct SignedTokenTests {
    /// Runs the service with tokens as Express signs them, of these secrets.
    private static func withService(
        _ secrets: [String],
        _ body: (RunningService) async throws -> Void
    ) async throws {
        try await RunningService.withService(
            ["--token-format", "hmac-sha256", "--cookie", "connect.sid"],
            environment: ["FRESHET_TOKEN_SECRET": secrets.joined(separator: "\n")],
            body
        )
    }

    private static func cookie(_ value: String) -> [(name: String, value: String)] {
        let allowed = CharacterSet.alphanumerics
        return [("Cookie", "connect.sid=\(value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")")]
    }

    @Test func `a signed token opens a stream, by any of the secrets, and a logout ends it`() async throws {
        for secrets in [["keyboard cat"], ["new", "keyboard cat"]] {
            try await Self.withService(secrets) { service in
                let token = try await service.token("ann")
                let signed = try Self.signed(token, "keyboard cat")
                try await service.withStream(nil, fields: Self.cookie(signed)) { stream, welcome in
                    let user = try welcome.json.user
                    #expect(user == "ann")
                    _ = try await service.psql("select freshet.revoke_session('\(token)')")
                    #expect(try await stream.nextEvent("goaway").json.reason == "revoked")
                }
                let again = try await service.get(RunningService.base + "/session", Self.cookie(signed))
                #expect(again.status == 401)
            }
        }
    }

    @Test func `what does not verify is refused, and nobody asks the database for it`() async throws {
        try await Self.withService(["keyboard cat"]) { service in
            let token = try await service.token("ann")
            let signed = try Self.signed(token, "keyboard cat")
            let before = try await Self.lookups(service)
            for forged in [
                token, "s:\(token)", try Self.signed(token, "another cat"), String(signed.dropLast()), "s:" + signed,
                signed.replacing("s:", with: "s:x"),
            ] {
                #expect(try await service.get(RunningService.base + "/session", Self.cookie(forged)).status == 401)
                #expect(
                    try await service.get(RunningService.base + "/session", RunningService.bearer(forged)).status == 401
                )
            }
            #expect(try await Self.lookups(service) == before)
            #expect(try await service.get(RunningService.base + "/session", Self.cookie(signed)).status == 200)
            #expect(try await Self.lookups(service) == before + 1)
            #expect(!service.process.log.contains { $0.contains(token) || $0.contains("keyboard cat") })
        }
    }

    @Test(
        arguments: [
            (["--token-format", "hmac-sha256"], [:], "needs the secret"),
            (["--token-format", "plug-signed"], ["FRESHET_TOKEN_SECRET": "x"], "needs --token-salt"),
            (
                ["--token-format", "laravel"], ["FRESHET_TOKEN_SECRET": "base64:short"],
                "is none that --token-format laravel"
            ),
            (["--token-secret-file", "/nowhere"], [:], "'/nowhere' cannot be read"),
            (["--token-secret-file", "/dev/null"], [:], "/dev/null"),
            ([], ["FRESHET_TOKEN_SECRET": "x"], "uses none"),
            (["--token-format", "rot13"], [:], "rot13"),
        ] as [([String], [String: String], String)]
    )
    func `a format that cannot be had stops the start, and says what is missing`(
        arguments: [String],
        environment: [String: String],
        words: String
    ) async throws {
        try await ServiceProcess.withProcess(
            ServiceProcess.freshet,
            ["serve", "--port", "0"] + arguments,
            environment: environment
        ) { process in
            let exit = try await process.exit()
            #expect(exit != .code(0))
            #expect(process.log.contains { $0.contains(words) }, "\(process.log)")
        }
    }

    @Test func `a secret is read from a file, one a line`() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("freshet-secret-\(UUID().uuidString)")
        try Data("new\nkeyboard cat\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await RunningService.withService(
            ["--token-format", "hmac-sha256", "--token-secret-file", file.path]
        ) { service in
            let token = try await service.token("ann")
            for secret in ["new", "keyboard cat"] {
                let fields = RunningService.bearer(try Self.signed(token, secret))
                #expect(try await service.get(RunningService.base + "/session", fields).status == 200)
            }
        }
    }

    /// As Express does it: openssl, so that it is not our own code that signs.
    private static func signed(_ token: String, _ secret: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl", "dgst", "-sha256", "-hmac", secret, "-binary"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(token.utf8))
        try input.fileHandleForWriting.close()
        let digest = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return "s:\(token)." + digest.base64EncodedString().replacing("=", with: "")
    }

    private static func lookups(_ service: RunningService) async throws -> Int {
        let text = try await service.get("/metrics").text
        return text.firstMatch(of: /freshet_session_lookup_size_sum ([0-9]+)/).flatMap { Int($0.1) } ?? 0
    }
}
