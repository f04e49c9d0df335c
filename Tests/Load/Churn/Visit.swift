/// One connection from its first byte to its last, broken off at some stage.
struct Visit: Sendable {
    /// What is sent, and the text that must come back before it goes on; none: it goes on at once.
    struct Step: Sendable {
        let bytes: String
        let answer: String?
    }

    enum Leaving: Sendable, CaseIterable {
        /// As a browser's tab does.
        case close

        /// As a lost phone does at best.
        case reset

        /// It ends its own half, and waits for the service to end the other.
        case halfClose
    }

    let name: String
    var steps: [Step] = []
    var leaving = Leaving.close

    /// Whether the service closes the connection by itself, or has no reason to.
    var isEndedByService = false

    /// Every stage at which a connection can be broken off, in each way.
    static func all(token: String) -> [Visit] {
        let credential = "Authorization: Bearer \(token)\r\n"
        let stream = request(LoadedService.stream, credential)
        let welcome = "event: welcome"
        let health = request("/health/live")
        let live = #"{"status":"live"}"#
        let stages = [
            Visit("nothing is sent"),
            Visit("half a head", ("GET \(LoadedService.stream) HTTP/1.1\r\nHost: x\r\nAuth", nil)),
            Visit("during the lookup", (stream, nil)),
            Visit("after the welcome", (stream, welcome)),
            Visit(
                "after the welcome, HTTP/1.0",
                ("GET \(LoadedService.stream) HTTP/1.0\r\n\(credential)\r\n", welcome)
            ),
            Visit("refused credentials", (request(LoadedService.stream, "Authorization: Bearer none\r\n"), " 401 ")),
            Visit("no credentials", (request(LoadedService.stream), " 401 ")),
            Visit("refused, then welcome", (request(LoadedService.stream), " 401 "), (stream, welcome)),
            Visit("an ordinary request", (health, live)),
            Visit("during an ordinary request", (health, nil)),
            Visit("a stream behind an ordinary request", (health + stream, welcome)),
            Visit("a stream after an ordinary request", (health, live), (stream, welcome)),
            Visit(
                "in the middle of a body",
                (request("/api/invalidator/invalidate", credential + body, "POST") + "{", nil)
            ),
        ]
        let ends = [
            Visit("bytes after the welcome", (stream, welcome), ("more", nil)),
            Visit("a request behind that for a stream", (stream + health, nil)),
            Visit("a stream behind a last request", (request("/health/live", "Connection: close\r\n") + stream, nil)),
            Visit("no HTTP", ("\u{1}\u{2}\r\n\r\n", " 400 ")),
        ]
        return stages.flatMap { stage in
            Leaving.allCases.map { leaving in
                var visit = stage
                visit.leaving = leaving
                return visit
            }
        }
            + ends.map { end in
                var visit = end
                visit.isEndedByService = true
                return visit
            }
    }

    private static let body = "Content-Type: application/json\r\nContent-Length: 100\r\n"

    private static func request(_ target: String, _ fields: String = "", _ method: String = "GET") -> String {
        "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(fields)\r\n"
    }

    private init(_ name: String, _ steps: (bytes: String, answer: String?)...) {
        self.name = name
        self.steps = steps.map { Step(bytes: $0.bytes, answer: $0.answer) }
    }
}

extension Visit: CustomStringConvertible {
    var description: String { isEndedByService ? name : "\(name), \(leaving)" }
}
