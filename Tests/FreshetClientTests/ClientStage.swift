import Invalidation
import SeededRandom

import struct Invalidation.Tag

@testable import FreshetClient

/// A client between a service that the test plays and a time that does not pass.
struct ClientStage {
    let transport = ScriptedTransport()
    let pauses = RecordedPauses()
    let client: FreshetClient

    init(
        credential: FreshetClient.Credential = .bearer("secret"),
        tags: [Tag] = [],
        seed: UInt64 = 1,
        _ configure: (inout FreshetClient.Configuration) -> Void = { _ in }
    ) {
        var configuration = FreshetClient.Configuration()
        configure(&configuration)
        var client = FreshetClient(
            url: "http://service/api",
            credential: credential,
            tags: tags,
            configuration: configuration,
            transport: transport
        )
        client.timing = pauses.timing(SeededRandom(seed: seed))
        self.client = client
    }

    /// Reads in a task of its own, so that the test can play the service meanwhile.
    func read(_ count: Int, of events: FreshetClient.Events? = nil) -> Task<[FreshetClient.Event], any Error> {
        Task { [events = events ?? client.events()] in
            var read: [FreshetClient.Event] = []
            for try await event in events {
                read.append(event)
                if read.count == count { break }
            }
            return read
        }
    }

    /// The data of an event that tells ``change``, and more, of a tag.
    static func invalidate(_ tag: String) -> String {
        #"{"tags":[["\#(tag)"]],"scopes":["user/1"],"txids":["7"],"later":{"a":[1]},"origin":"tab","spread":1500}"#
    }

    static let change = Change(tags: [Tag("a")], scopes: [.user("1")], xids: [7], origin: "tab")
}
