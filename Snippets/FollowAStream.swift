// A worker that keeps what it has loaded from an HTTP API until its stream says that it is stale.

import Foundation
import FreshetClient

let environment = ProcessInfo.processInfo.environment
guard let url = StreamURL(text: environment["FRESHET_URL"] ?? "http://127.0.0.1:8080/api/invalidator"),
    let token = environment["FRESHET_TOKEN"]
else { fatalError("set FRESHET_URL and FRESHET_TOKEN") }

// snippet.follow
let client = FreshetClient(url: url, credential: .bearer(token), tags: [Tag("todos")])
do {
    for try await event in client.events() {
        switch event.kind {
        case .welcome(let user, let scopes, let resumed): print("live as", user ?? "nobody", scopes, resumed)
        case .invalidate(let change): print("stale:", change.tags)
        case .reset: print("everything is stale")
        case .goaway: print("the stream ends, and is asked for again")
        }
    }
} catch let refusal as FreshetClient.Refusal {
    // 401: the session has ended. It is of no use to ask again.
    print(refusal)
}
// snippet.end
