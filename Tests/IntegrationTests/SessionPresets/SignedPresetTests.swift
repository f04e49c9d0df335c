import Foundation
import TestSupport
import Testing

/// `migrations/sessions` and `--token-format` together, for the frameworks whose cookie SQL cannot verify: a real table, a
/// cookie that another implementation has made (`Tests/TokenFormatsTests/Vectors`), and a stream.
@Suite(.timeLimit(.minutes(20))) struct SignedPresetTests {
    struct Signed: Sendable, CustomTestStringConvertible {
        let preset: SessionPreset
        let format: String
        let secret: String
        var salt = ""

        /// Nil for a bearer token.
        let cookie: String?
        let token: String

        var testDescription: String { "\(preset)" }

        var arguments: [String] {
            ["--token-format", format] + (salt.isEmpty ? [] : ["--token-salt", salt])
                + (cookie.map { ["--cookie", $0] } ?? [])
        }

        func field(_ token: String) -> (name: String, value: String) {
            guard let cookie else { return ("Authorization", "Bearer \(token)") }
            return ("Cookie", "\(cookie)=\(token.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")")
        }
    }

    private struct Vector: Decodable {
        let format: String
        let secret: String
        let salt: String
        let cookie: String
        let token: String
        let key: String
    }

    private static func read<File: Decodable>(_ name: String) -> File {
        let url = URL(fileURLWithPath: "\(Repository.root)/Tests/\(name)")
        do {
            return try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
        } catch {
            preconditionFailure("\(url.path): \(error)")
        }
    }

    static let all: [Signed] = {
        struct Tokens: Decodable { let presets: [String: Vector] }
        struct WebTokens: Decodable {
            let secret: String
            let supabase: String
        }
        struct Django: Decodable { let secret: String }
        let vectors = (read("TokenFormatsTests/Vectors/tokens.json") as Tokens).presets
        let presets: [(String, SessionPreset)] = [
            ("better-auth", .betterAuth), ("express", .express), ("rails", .rails), ("rails (uuid)", .railsUUID),
            ("laravel", .laravel), ("adonis", .adonis), ("phoenix", .phoenix),
        ]
        let signed = presets.compactMap { name, preset -> Signed? in
            guard let vector = vectors[name], vector.key == preset.credential else { return nil }
            return Signed(
                preset: preset,
                format: vector.format,
                secret: vector.secret,
                // Rails has a default of its own.
                salt: vector.format == "rails-signed" ? "" : vector.salt,
                cookie: vector.cookie,
                token: vector.token
            )
        }
        precondition(signed.count == presets.count, "make.py and the presets are not of the same sessions")
        let web: WebTokens = read("TokenFormatsTests/Vectors/jwt.json")
        let django: Django = read("Vectors/django_sessions.json")
        return signed + [
            Signed(preset: .supabase, format: "jwt", secret: web.secret, cookie: nil, token: web.supabase),
            Signed(
                preset: .django,
                format: "django",
                secret: django.secret,
                cookie: "sessionid",
                token: DjangoVectors.shared.key("ada")
            ),
        ]
    }()

    @Test(arguments: all)
    func `a cookie as the framework makes it opens a stream, by an older secret too, and a sign-out ends that`(
        signed: Signed
    ) async throws {
        let newer =
            signed.format == "laravel"
            ? "base64:" + String(repeating: "A", count: 43) + "=" : "a newer secret, of 32 bytes and more"
        try await RunningService.withService(
            signed.arguments + ["--recheck", "1h"],
            environment: ["FRESHET_TOKEN_SECRET": "\(newer)\n\(signed.secret)"],
            setUp: signed.preset.setUp
        ) { service in
            let session = RunningService.base + "/session"
            try await service.withStream(nil, fields: [signed.field(signed.token)]) { stream, welcome in
                let user = try welcome.json.user
                #expect(user == signed.preset.user)
                // Neither what was changed, nor the key by itself where it is signed.
                let changed = signed.token.dropLast(8) + "00000000"
                for token in [String(changed), signed.format == "django" ? "x" : signed.preset.credential] {
                    let status = try await service.get(session, [signed.field(token)]).status
                    #expect(status == 401, "\(token)")
                }
                _ = try await service.psql(signed.preset.signOut + "; select freshet.invalidate('{secret}')")
                let reason = try await stream.nextEvent("goaway").json.reason
                #expect(reason == "revoked")
                let rest = try await stream.rest()
                #expect(rest.isEmpty)
            }
            let status = try await service.get(session, [signed.field(signed.token)]).status
            #expect(status == 401)
            #expect(!service.process.log.contains { $0.contains(signed.token) || $0.contains(signed.secret) })
        }
    }

    @Test(arguments: all)
    func `a secret that is not the application's lets nobody in`(signed: Signed) async throws {
        let other =
            signed.format == "laravel"
            ? "base64:" + String(repeating: "A", count: 43) + "=" : "another secret, of 32 bytes and more"
        try await RunningService.withService(
            signed.arguments,
            environment: ["FRESHET_TOKEN_SECRET": other],
            setUp: signed.preset.setUp
        ) { service in
            let status = try await service.get(RunningService.base + "/session", [signed.field(signed.token)]).status
            #expect(status == 401)
        }
    }

    @Test(arguments: all)
    func `the service does not start where tokens that a preset counts on being verified are not`(
        signed: Signed
    ) async throws {
        try await TestDatabase.withDatabase { database in
            try await signed.preset.install(in: database)
            let role = "svc_\(database.name)"
            try await database.psql("create role \(role) login; grant freshet_service to \(role);")
            let arguments = ["serve", "--port", "0", "--database-url", database.conninfo(user: role)]
            try await ServiceProcess.withProcess(ServiceProcess.freshet, arguments) { process in
                let exit = try await process.exit()
                #expect(exit != .code(0))
                #expect(process.log.contains { $0.contains("needs --token-format \(signed.format)") }, "\(process.log)")
            }
        }
    }

    @Test func `Django's rows that nobody has read are nobody's, and the log says why`() async throws {
        let setUp = SessionPreset.django.setUp + "comment on function freshet.authenticate(text) is null;"
        try await RunningService.withService(["--cookie", "sessionid"], setUp: setUp) { service in
            let fields = [("Cookie", "sessionid=\(DjangoVectors.shared.key("ada"))")]
            let status = try await service.get(RunningService.base + "/session", fields).status
            #expect(status == 401)
            _ = try await service.process.line(containing: "need --token-format django")
        }
    }

    @Test func `a new password ends Django's sessions, as it does in Django`() async throws {
        guard let django = Self.all.last else { return }
        try await RunningService.withService(
            django.arguments + ["--recheck", "1h"],
            environment: ["FRESHET_TOKEN_SECRET": django.secret],
            setUp: django.preset.setUp
        ) { service in
            try await service.withStream(nil, fields: [django.field(django.token)]) { stream, _ in
                _ = try await service.psql("update auth_user set password = 'pbkdf2_sha256$1$x$y' where id = 1")
                let reason = try await stream.nextEvent("goaway").json.reason
                #expect(reason == "revoked")
            }
        }
    }
}
