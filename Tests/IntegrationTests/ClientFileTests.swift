import Foundation
import TestSupport
import Testing

/// CONTRACT.md §6: the browser's client as the service has it, and the route by which it asks whose the cookie is.
@Suite struct ClientFileTests {
    private static let folder = Repository.root + "/clients/js/"

    /// What a package has of them beside its readme and tests.
    private static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { $0.hasSuffix(".js") || $0.hasSuffix(".d.ts") }.sorted()

    @Test func `every file of the client is there for whoever asks, as it is in the repository`() async throws {
        #expect(Self.names.contains("client.js") && Self.names.contains("worker.js"))
        try await RunningService.withService { service in
            for name in Self.names {
                let response = try await service.get(RunningService.base + "/" + name)
                #expect(response.status == 200, "\(name)")
                #expect(response.text == (try String(contentsOfFile: Self.folder + name, encoding: .utf8)), "\(name)")
                let isScript = name.hasSuffix(".js")
                #expect(response["Content-Type"]?.hasPrefix(isScript ? "text/javascript" : "text/plain") == true)
                #expect(response["X-Content-Type-Options"] == "nosniff")
            }
            // Neither a package's papers nor its tests.
            for name in ["package.json", "README.md", "test/page.js", "page.js"] {
                #expect(try await service.get(RunningService.base + "/" + name).status == 404, "\(name)")
            }
        }
    }

    @Test func `a file that a browser has already is not sent again`() async throws {
        try await RunningService.withService { service in
            let path = RunningService.base + "/client.js"
            let first = try await service.get(path)
            #expect(first["Cache-Control"] == "no-cache")
            let tag = try #require(first["ETag"])
            // RFC 9110 §13.1.2: a list, and the weak tag that a proxy makes of it which compresses.
            for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let again = try await service.get(path, [("If-None-Match", known)])
                #expect(again.status == 304, "\(known)")
                #expect(again.body.isEmpty && again["ETag"] == tag)
            }
            #expect(try await service.get(path, [("If-None-Match", "\"other\"")]).status == 200)
        }
    }

    @Test func `a page of an allowed origin may load it`() async throws {
        try await RunningService.withService(["--allowed-origin", "https://app.example"]) { service in
            let path = RunningService.base + "/client.js"
            let allowed = try await service.get(path, [("Origin", "https://app.example")])
            #expect(allowed["Access-Control-Allow-Origin"] == "https://app.example")
            let other = try await service.get(path, [("Origin", "https://other.example")])
            #expect(other["Access-Control-Allow-Origin"] == nil)
        }
    }

    @Test func `whose a session is, is told as its stream would tell it`() async throws {
        try await RunningService.withService(["--allow-anonymous"]) { service in
            let path = RunningService.base + "/session"
            let token = try await service.token("a\"b/c", "scopes => '{tenant/x}'")
            let response = try await service.get(path, RunningService.bearer(token))
            #expect(response.status == 200 && response["Cache-Control"] == "no-store")
            try await service.withStream(token) { _, welcome in
                let (told, asked) = (try welcome.json, try Self.data(response))
                #expect(asked.user == "a\"b/c" && asked.user == told.user && asked.scopes == told.scopes)
            }
            let cookie = try await service.get(path, [("Cookie", "freshet_session=\(token)")])
            #expect(try Self.data(cookie) == Self.data(response))
            #expect(try Self.data(try await service.get(path)) == EventData(scopes: ["global"]))
            #expect(try await service.get(path, RunningService.bearer("nobody's")).status == 401)
            #expect(
                try await service.get(path, [("Cookie", "freshet_session=\(token)"), ("Sec-Fetch-Site", "cross-site")])
                    .status == 403
            )
            _ = try await service.psql("select freshet.revoke_session('\(token)')")
            #expect(try await service.get(path, RunningService.bearer(token)).status == 401)
        }
    }

    private static func data(_ response: HTTPTestClient.Response) throws -> EventData {
        try JSONDecoder().decode(EventData.self, from: Data(response.body))
    }
}
