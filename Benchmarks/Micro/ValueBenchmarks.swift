import Benchmark
import Invalidation

import struct Invalidation.Tag

@testable import EventStream
@testable import Listener

/// What is done once an invalidation, once a stream that cannot be written to, and once a client that comes back.
func valueBenchmarks() {
    // The bytes of one event, which every stream that hears it is written.
    measure("encode an event") {
        Pending.event(for: try Sample.invalidation(42, scope: "user/42"))
    } _: { event in
        blackHole(EncodedEvent(event, id: "k3f9a2c81-81231"))
    }

    // One payload of a trigger with two tags: JSON to an invalidation, proof not yet checked.
    measure("parse a payload") {
        Sample.payload
    } _: { text in
        blackHole(try? Payload(text))
    }

    // Whether a session with twelve scopes hears an invalidation, whose scope is its last.
    measure("match a scope") {
        (Grants(user: "42", extra: (1...10).map { "team/\($0)" }), try Sample.scope("team/10"))
    } _: { grants, scope in
        blackHole(grants.hears(scope))
    }

    // Whether a filter of ten tags lets one pass, which its last does.
    measure("match a tag filter") {
        (try Sample.filter((1...10).map { "todo/\($0)" }), try Sample.tag("todo/10/title"))
    } _: { filter, tag in
        blackHole(filter.passes(tag))
    }

    // A stream that does not read: a hundred invalidations of two tags each, made into one event.
    measure("merge 100 into Pending", scale: .one) {
        try (0..<100).map { try Sample.invalidation($0, scope: "user/42") }
    } _: { invalidations in
        var pending = Pending()
        for invalidation in invalidations { pending.add(invalidation, filter: nil) }
        blackHole(pending.event)
    }

    // A client that comes back after 1,000 invalidations of its own, in a full history of 100,000.
    measure("replay 1,000 of 100,000", scale: .one) {
        (try Sample.history(entries: 100_000, every: 100, scope: "user/42"), Grants(user: "42"), try Sample.position(1))
    } _: { history, grants, position in
        // A copy: what it merges for others is not there the next time.
        var history = history
        blackHole(history.replay(from: position, before: history.end, for: grants))
    }

    measure("replay 1,000 of 100,000, as another did", scale: .one) {
        var history = try Sample.history(entries: 100_000, every: 100, scope: "user/42")
        let position = try Sample.position(1)
        _ = history.replay(from: position, before: history.end, for: Grants(user: "42"))
        return (history, Grants(user: "42"), position)
    } _: { history, grants, position in
        var history = history
        blackHole(history.replay(from: position, before: history.end, for: grants))
    }
}
