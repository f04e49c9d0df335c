import Foundation
import TestSupport
import Testing

/// CONTRACT.md §6: pause, resume, disabled tags; over HTTP, over SQL, and with two replicas.
@Suite(.timeLimit(.minutes(20))) struct ControlTests {
    private static let base = RunningService.base

    private static func post(
        _ service: RunningService,
        _ route: String,
        _ admin: String,
        _ json: String = "{}"
    ) async throws -> HTTPTestClient.Response {
        try await service.send(TestRequest("POST", base + route, fields: RunningService.bearer(admin), json: json))
    }

    private static func invalidate(_ service: RunningService, _ tag: String, _ scope: String = "global") async throws {
        _ = try await service.psql("select freshet.invalidate('{\(tag)}', '\(scope)')")
    }

    /// The tags of the next invalidation, merged as they come.
    private static func tags(_ stream: SSEClient) async throws -> [[EventData.Segment]] {
        try await stream.nextEvent("invalidate").json.tags ?? []
    }

    /// How the service of this database connects.
    private static func service(of database: TestDatabase) async throws -> String {
        let role = "svc_\(database.name)"
        try await database.psql("create role \(role) login; grant freshet_service to \(role);")
        return database.conninfo(user: role)
    }

    private static func run<Result>(
        _ conninfo: String,
        _ database: TestDatabase,
        _ body: (RunningService) async throws -> Result
    ) async throws -> Result {
        try await RunningService.start(
            conninfo: conninfo,
            ["--heartbeat", "200ms"],
            psql: { try await database.psql($0) },
            body
        )
    }

    /// Polls the status until it has this text.
    private static func wait(for text: String, _ service: RunningService, _ admin: String) async throws {
        try await withDeadline("the status to say \(text)") {
            while try await !service.get(base + "/status", RunningService.bearer(admin)).text.contains(text) {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    @Test func `a pause holds every stream where it is, and resume tells what was missed`() async throws {
        try await RunningService.withService(["--heartbeat", "200ms"]) { service in
            let admin = try await service.token("9", "is_admin => true")
            try await service.withStream(try await service.token("1")) { stream, welcome in
                let paused = try await Self.post(service, "/pause", admin)
                #expect(paused.status == 200)
                #expect(paused.text.contains(#""paused":true"#))
                try await Self.invalidate(service, "a")
                try await Self.invalidate(service, "b", "user/1")
                try await Self.invalidate(service, "c", "user/2")
                let resumed = try await Self.post(service, "/resume", admin)
                #expect(resumed.status == 200)
                #expect(resumed.text.contains(#""paused":false"#))
                #expect(try await Self.tags(stream) == [["a"], ["b"]])
                #expect(try await service.psql("select made_by from freshet.control") == "")
            }
            let log = service.process.log.joined(separator: "\n")
            #expect(log.contains("An administrator acted.") && log.contains("POST /api/invalidator/pause"))
            #expect(log.contains("user=9"))
        }
    }

    @Test func `each action and each refusal is one line of the log: who, what, to what`() async throws {
        try await RunningService.withService(["--log-format", "json"]) { service in
            let admin = try await service.token("9", "is_admin => true")
            let user = try await service.token("1")
            for (route, body) in [
                ("/pause", "{}"), ("/resume", "{}"), ("/tags/disable", #"{"tags":[["a",1]]}"#),
                ("/tags/enable", #"{"tags":[["a",1]]}"#), ("/invalidate", #"{"tags":[["b"]],"scope":"user/1"}"#),
            ] {
                #expect(try await Self.post(service, route, admin, body).status < 300)
                #expect(try await Self.post(service, route, user, body).status == 403)
                // What is no command is no action.
                let wrong = route == "/pause" || route == "/resume" ? nil : "{"
                if let wrong { #expect(try await Self.post(service, route, admin, wrong).status == 400) }
            }
            let lines = try service.process.log.compactMap { line -> [String: String]? in
                let fields = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return fields?.compactMapValues { $0 as? String }
            }
            let acted = lines.filter { $0["message"] == "An administrator acted." }
            #expect(acted.map { $0["user"] } == Array(repeating: "9", count: 5))
            #expect(
                acted.map { $0["action"] }
                    == ["pause", "resume", "tags/disable", "tags/enable", "invalidate"].map {
                        "POST \(Self.base)/\($0)"
                    }
            )
            #expect(acted.map { $0["what"] } == ["all", "all", "[a/1]", "[a/1]", "[b] for user/1"])
            let refused = lines.filter { $0["message"]?.hasPrefix("An action was refused") == true }
            #expect(refused.map { $0["user"] } == Array(repeating: "1", count: 5))
        }
    }

    @Test func `a service that starts in a pause obeys it, and clients of before lose nothing`() async throws {
        try await TestDatabase.withDatabase { database in
            let conninfo = try await Self.service(of: database)
            func run<Result>(_ body: (RunningService) async throws -> Result) async throws -> Result {
                try await Self.run(conninfo, database, body)
            }
            let (token, id) = try await run { service in
                let token = try await service.token("1")
                let id = try await service.withStream(token) { _, welcome in welcome.id }
                _ = try await service.psql("select freshet.pause('ops')")
                try await Self.invalidate(service, "a")
                return (token, id)
            }
            try await run { service in
                let admin = try await service.token("9", "is_admin => true")
                let status = try await service.get(Self.base + "/status", RunningService.bearer(admin))
                #expect(status.text.contains(#""paused":true"#))
                let position = try #require(id)
                try await service.withStream(token, fields: [("Last-Event-ID", position)]) { stream, welcome in
                    #expect(welcome.id == position)
                    #expect(try welcome.json.resumed == true)
                    try await Self.invalidate(service, "b")
                    _ = try await service.psql("select freshet.resume()")
                    #expect(try await Self.tags(stream) == [["a"], ["b"]])
                }
            }
        }
    }

    @Test(arguments: ["notify", "poll"])
    func `a disabled tag is dropped until it is enabled, which invalidates it for everybody`(
        delivery: String
    ) async throws {
        let setUp = "select freshet.configure('delivery', '\(delivery)');"
        try await RunningService.withService(["--heartbeat", "200ms"], setUp: setUp) { service in
            let admin = try await service.token("9", "is_admin => true")
            try await service.withStream(try await service.token("1")) { stream, _ in
                let disabled = try await Self.post(service, "/tags/disable", admin, #"{"tags":[["todo"],["list",1]]}"#)
                #expect(disabled.status == 200)
                #expect(disabled.text.contains(#""disabledTags":[["list",1],["todo"]]"#))
                for tag in ["todo", "todo/42", "list/1/x"] { try await Self.invalidate(service, tag) }
                try await Self.invalidate(service, "list")
                #expect(try await Self.tags(stream) == [["list"]])
                let enabled = try await Self.post(service, "/tags/enable", admin, #"{"tags":[["todo"]]}"#)
                #expect(enabled.text.contains(#""disabledTags":[["list",1]]"#))
                let event = try await stream.nextEvent("invalidate").json
                #expect(event.tags == [["todo"]])
                #expect(event.scopes == [])
                try await Self.invalidate(service, "todo/7")
                #expect(try await Self.tags(stream) == [["todo", 7]])
            }
        }
    }

    @Test(arguments: ["notify", "poll"])
    func `whoever misses the end of a disabled tag is told of it on coming back`(delivery: String) async throws {
        let setUp = "select freshet.configure('delivery', '\(delivery)');"
        try await RunningService.withService(["--heartbeat", "200ms"], setUp: setUp) { service in
            let token = try await service.token("1")
            let id = try await service.withStream(token) { _, welcome in welcome.id }
            _ = try await service.psql("select freshet.disable_tags('{todo}')")
            try await Self.invalidate(service, "todo/1")
            _ = try await service.psql("select freshet.enable_tags('{todo}')")
            let position = try #require(id)
            try await service.withStream(token, fields: [("Last-Event-ID", position)]) { stream, _ in
                // What was dropped may be told as well: it has been enabled.
                while try await !Self.tags(stream).contains(["todo"]) {}
            }
        }
    }

    @Test(arguments: ["notify", "poll"])
    func `no client misses a tag that is disabled and enabled all the time`(delivery: String) async throws {
        let setUp = "select freshet.configure('delivery', '\(delivery)');"
        try await RunningService.withService(["--heartbeat", "200ms"], setUp: setUp) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                for round in 0..<50 {
                    _ = try await service.psql(
                        """
                        select freshet.disable_tags('{t}');
                        select freshet.invalidate('{t/\(round)}');
                        begin; select freshet.enable_tags('{t}'); select freshet.invalidate('{end/\(round)}'); commit;
                        """
                    )
                    var told: [[EventData.Segment]] = []
                    while !told.contains(["end", .number(round)]) { told += try await Self.tags(stream) }
                    #expect(told.contains(["t"]), "round \(round): \(told)")
                }
            }
        }
    }

    @Test func `two replicas obey the same, whoever was asked, and rows written by hand as well`() async throws {
        try await TestDatabase.withDatabase { database in
            let conninfo = try await Self.service(of: database)
            try await Self.run(conninfo, database) { first in
                let admin = try await first.token("9", "is_admin => true")
                try await Self.run(conninfo, database) { second in
                    #expect(try await Self.post(first, "/pause", admin).status == 200)
                    try await Self.wait(for: #""paused":true"#, second, admin)
                    #expect(try await Self.post(second, "/resume", admin).status == 200)
                    try await Self.wait(for: #""paused":false"#, first, admin)
                    _ = try await first.psql("insert into freshet.control (name, tag) values ('disable', 'a/1')")
                    for service in [first, second] {
                        try await Self.wait(for: #""disabledTags":[["a",1]]"#, service, admin)
                    }
                    _ = try await first.psql("truncate freshet.control")
                    for service in [first, second] { try await Self.wait(for: #""disabledTags":[]"#, service, admin) }
                }
            }
        }
    }

    @Test func `a forged word about the controls changes nothing`() async throws {
        try await RunningService.withService { service in
            let admin = try await service.token("9", "is_admin => true")
            try await service.withStream(try await service.token("1")) { stream, _ in
                for word in ["controls", "pause", "resume", "disable"] {
                    _ = try await service.psql(
                        "select pg_notify('freshet', '{\"control\":\"\(word)\",\"tags\":[[\"a\"]]}')"
                    )
                    _ = try await service.psql("select pg_notify('freshet', '{\"control\":\"\(word)\"}')")
                }
                try await Self.invalidate(service, "a")
                #expect(try await Self.tags(stream) == [["a"]])
                let status = try await service.get(Self.base + "/status", RunningService.bearer(admin))
                #expect(status.text.contains(#""paused":false,"disabledTags":[]"#))
            }
        }
    }

    @Test func `whoever is no administrator may do none of it, and each refusal is in the log`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("7")
            for route in ["/pause", "/resume", "/tags/disable", "/tags/enable"] {
                #expect(try await Self.post(service, route, token, #"{"tags":[["a"]]}"#).status == 403)
                let stranger = TestRequest("POST", Self.base + route, json: #"{"tags":[["a"]]}"#)
                #expect(try await service.send(stranger).status == 401)
                let log = service.process.log.joined(separator: "\n")
                #expect(log.contains("An action was refused") && log.contains("POST \(Self.base)\(route)"))
            }
            #expect(try await service.psql("select count(*) from freshet.control").contains("0"))
            #expect(!service.process.log.joined().contains(token))
        }
    }

    @Test(arguments: ["", "[]", #"{"tags":[]}"#, #"{"tags":[[]]}"#, #"{"tags":"todo"}"#, #"{"tag":[["a"]]}"#])
    func `a body without tags is refused with a reason`(body: String) async throws {
        try await RunningService.withService { service in
            let admin = try await service.token("9", "is_admin => true")
            for route in ["/tags/disable", "/tags/enable"] {
                let response = try await Self.post(service, route, admin, body)
                #expect(response.status == 400)
                #expect(response.text.contains(#""detail":"#))
            }
        }
    }

    @Test func `a row that is no tag cannot be written, and one that got in all the same stops nobody`() async throws {
        try await RunningService.withService { service in
            let admin = try await service.token("9", "is_admin => true")
            let insert = "insert into freshet.control (name, tag) values ('disable', 'a%zz')"
            await #expect(throws: (any Error).self) { try await service.psql(insert) }
            _ = try await service.psql("alter table freshet.control drop constraint control_tag_form; \(insert)")
            _ = try await service.psql("select freshet.disable_tags('{todo}')")
            try await Self.wait(for: #""disabledTags":[["todo"]]"#, service, admin)
            try await service.withStream(try await service.token("1")) { stream, _ in
                try await Self.invalidate(service, "b")
                #expect(try await Self.tags(stream) == [["b"]])
            }
        }
    }

    @Test func `a role without rights can neither pause nor see who did`() async throws {
        try await TestDatabase.withDatabase { database in
            let role = "app_\(database.name)"
            try await database.psql("create role \(role) login")
            for statement in [
                "select freshet.pause()", "select freshet.resume()", "select freshet.disable_tags('{a}')",
                "select freshet.enable_tags('{a}')", "select * from freshet.control",
                "select * from freshet.controls()",
            ] {
                await #expect(throws: (any Error).self, "\(statement)") {
                    try await database.psql("set role \(role); \(statement)")
                }
            }
        }
    }
}
