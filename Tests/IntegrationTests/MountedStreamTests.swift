import TestSupport
import Testing
import ThrowawayPostgres

/// What a stream costs the server that it is mounted in, and when it ends: there it is the body of a response of somebody else's.
@Suite(.timeLimit(.minutes(20))) struct MountedStreamTests {
    @Test(arguments: Serving.allCases)
    func `a client that goes away gives its place back at once`(serving: Serving) async throws {
        try await RunningService.withService(as: serving, ["--max-streams-per-user", "1", "--heartbeat", "1h"]) {
            service in
            let token = try await service.token("1")
            try await service.withStream(token) { _, _ in }
            // No heartbeat has gone out meanwhile: the end of the connection alone tells.
            try await withDeadline("the place to be free") {
                while true {
                    let stream = try await SSEClient.connect(
                        port: service.port,
                        RunningService.base + "/sse",
                        fields: RunningService.bearer(token)
                    )
                    await stream.connection.close()
                    if stream.head.status == 200 { return }
                }
            }
        }
    }

    @Test(arguments: Serving.allCases)
    func `one that does not read is told later, merged, and keeps nothing from others`(serving: Serving) async throws {
        try await RunningService.withService(as: serving) { service in
            let (slow, quick) = (try await service.token("1"), try await service.token("2"))
            let options = HTTPConnection.Options(receiveBuffer: 4_096)
            try await service.withStream(slow, options: options) { stalled, _ in
                try await stalled.connection.pause()
                try await service.withStream(quick) { stream, _ in
                    for round in 1...100 {
                        _ = try await service.psql(
                            """
                            select freshet.invalidate(
                              array(select 'round/' || n || repeat('x', 900) from generate_series(1, 50) as n));
                            select freshet.invalidate('{mark\(round)}');
                            """
                        )
                        try await stream.untilTold("mark\(round)")
                    }
                    _ = try await service.psql("select freshet.invalidate('{last}')")
                    try await stalled.connection.resume()
                    // What it was sent before it stopped reading, and then all the rest in one.
                    try await stalled.untilTold("last")
                }
            }
        }
    }

    @Test(arguments: Serving.allCases)
    func `a server that stops says so to each stream, and stops`(serving: Serving) async throws {
        try await RunningService.withService(as: serving) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                service.process.terminate()
                #expect(try await stream.nextEvent("goaway").json.reason == "shutdown")
                let exit = try await service.process.exit()
                #expect(exit == .code(0))
            }
        }
    }

    @Test(arguments: Serving.allCases)
    func `a stream that does not read does not keep the server from stopping`(serving: Serving) async throws {
        try await RunningService.withService(as: serving) { service in
            let options = HTTPConnection.Options(receiveBuffer: 4_096)
            try await service.withStream(try await service.token("1"), options: options) { stalled, _ in
                try await stalled.connection.pause()
                for _ in 1...40 {
                    _ = try await service.psql(
                        "select freshet.invalidate(array(select n || repeat('x', 900) from generate_series(1, 90) as n))"
                    )
                }
                service.process.terminate()
                let exit = try await service.process.exit()
                #expect(exit == .code(0))
            }
        }
    }

    @Test(arguments: Serving.allCases)
    func `while the database is away whoever comes is told to come back`(serving: Serving) async throws {
        try await RunningService.withOwnCluster(as: serving, ["--heartbeat", "300ms"]) { service, cluster in
            let token = try await service.token("1")
            try await service.withStream(token) { stream, welcome in
                try await cluster.stop()
                // As soon as it is known: a stream that begins before that is told what it misses when the database is back.
                try await withDeadline("a stream to be told to come back") {
                    while true {
                        let away = try await SSEClient.connect(
                            port: service.port,
                            RunningService.base + "/sse",
                            fields: RunningService.bearer(token)
                        )
                        let first = try await away.nextEvent()
                        await away.connection.close()
                        #expect(away.head.status == 200)
                        if first.type == "goaway" { return #expect(try first.json.reason == "unavailable") }
                    }
                }
                try await cluster.start()
                _ = try await cluster.psql(.text("select freshet.invalidate('{back}', 'user/1')"))
                try await stream.untilTold("back")
            }
        }
    }
}

extension SSEClient {
    /// Reads until a tag of this name, or everything, has been told stale.
    fileprivate nonisolated(nonsending) func untilTold(_ tag: String) async throws {
        _ = try await next { item in
            guard case .event(let event) = item else { return false }
            return event.type == "reset" || event.data.contains("[\"\(tag)\"]")
        }
    }
}
