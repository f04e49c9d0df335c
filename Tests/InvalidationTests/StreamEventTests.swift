import Foundation
import SeededRandom
import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

/// The events' names and data, to the letter (CONTRACT.md §5).
@Suite struct StreamEventTests {
    private func data(_ event: StreamEvent) -> String {
        var json: [UInt8] = []
        event.writeData(to: &json)
        return String(decoding: json, as: UTF8.self)
    }

    private func tags(_ texts: String...) -> [Tag] { texts.compactMap(Tag.init(text:)) }

    private func scopes(_ texts: String...) -> [Scope] { texts.compactMap(Scope.init(text:)) }

    @Test func `welcome tells user, scopes and whether it resumed`() {
        let event = StreamEvent.welcome(user: "42", scopes: scopes("global", "user/42"), resumed: true)
        #expect(event.name == "welcome")
        #expect(data(event) == #"{"user":"42","scopes":["global","user/42"],"resumed":true}"#)
        let anonymous = StreamEvent.welcome(user: nil, scopes: [.global], resumed: false)
        #expect(data(anonymous) == #"{"user":null,"scopes":["global"],"resumed":false}"#)
    }

    @Test func `invalidate tells tags, scopes, transactions as strings, and an origin only if there is one`() {
        let event = StreamEvent.invalidate(
            tags: tags("todos", "todo/42"),
            scopes: scopes("user/42"),
            xids: [81_240, .max],
            origin: "tab-7f3"
        )
        #expect(event.name == "invalidate")
        #expect(
            data(event)
                == #"{"tags":[["todos"],["todo",42]],"scopes":["user/42"],"txids":["81240","18446744073709551615"],"origin":"tab-7f3"}"#
        )
        #expect(
            data(.invalidate(tags: tags("a"), scopes: [], xids: [], origin: nil))
                == #"{"tags":[["a"]],"scopes":[],"txids":[]}"#
        )
    }

    @Test func `reset and goaway tell a reason by its contract's name`() {
        let resets: [ResetReason] = [.history, .gap, .overflow, .scopes]
        #expect(
            resets.map { data(.reset($0)) } == ["history", "gap", "overflow", "scopes"].map { #"{"reason":"\#($0)"}"# }
        )
        let goaways: [GoawayReason] = [.revoked, .expired, .shutdown, .slow, .unavailable]
        #expect(
            goaways.map { data(.goaway($0)) }
                == ["revoked", "expired", "shutdown", "slow", "unavailable"].map { #"{"reason":"\#($0)"}"# }
        )
        #expect(StreamEvent.reset(.gap).name == "reset")
        #expect(StreamEvent.goaway(.slow).name == "goaway")
    }

    @Test func `a foreign parser reads what was meant, on one line, whatever the texts`() throws {
        var random = SeededRandom(seed: 61)
        for _ in 0..<500 {
            let segment = "s" + random.textForFoundation(upTo: 8)
            let id = "i" + random.textForFoundation(upTo: 8)
            let origin = random.textForFoundation(upTo: 8)
            let list = try TagList(json: "[" + wire([segment, "x"]) + "]")
            let json = data(
                .invalidate(tags: list.tags, scopes: [.user(id)], xids: [7], origin: origin)
            )
            #expect(!json.utf8.contains { $0 < 0x20 })
            let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
            #expect(try same(object["tags"], [[segment, "x"]]))
            #expect(try same(object["scopes"], ["user/" + id]))
            #expect(try same(object["txids"], ["7"]))
            #expect(try same(object["origin"], origin))
        }
    }

    private func wire(_ segments: [String]) -> String {
        var json: [UInt8] = []
        JSONWriter.append(segments, to: &json) { JSONWriter.append($0, to: &$1) }
        return String(decoding: json, as: UTF8.self)
    }

    /// By bytes, because `==` on strings equates what the wire tells apart.
    private func same(_ value: Any?, _ expected: Any) throws -> Bool {
        switch (value, expected) {
        case (let value as String, let expected as String): value.utf8.elementsEqual(expected.utf8)
        case (let value as [Any], let expected as [Any]):
            try value.count == expected.count && zip(value, expected).allSatisfy { try same($0, $1) }
        default: false
        }
    }
}
