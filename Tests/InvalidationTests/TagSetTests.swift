import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

@Suite struct TagSetTests {
    private func set(_ texts: String...) -> TagSet { TagSet(texts.compactMap(Tag.init(text:))) }

    private func tag(_ text: String) throws -> Tag { try #require(Tag(text: text)) }

    @Test func `it covers its tags and what they cover, and nothing else`() throws {
        let set = set("todo", "lists/1", "a%2Fb")
        for text in ["todo", "todo/42", "todo/42/notes", "lists/1", "lists/1/x", "a%2Fb", "a%2Fb/c"] {
            #expect(try set.covers(tag(text)), "\(text)")
        }
        for text in ["todos", "lists", "lists/10", "lists/2", "a", "a/b", "tod"] {
            #expect(try !set.covers(tag(text)), "\(text)")
        }
        #expect(try !TagSet().covers(tag("todo")))
    }

    @Test func `an invalidation is left with what is not covered`() throws {
        func left(_ texts: [String], coversAll: Bool = false) throws -> [String]? {
            let tags = try texts.map(tag)
            let all = Invalidation(tags: tags, scope: .global, xid: 7, origin: "tab", coversAll: coversAll)
            let rest = all.without(set("todo", "lists/1"))
            if let rest {
                #expect(rest.xid == 7 && rest.origin == "tab" && rest.scope == .global)
                #expect(rest.coversAll == coversAll)
            }
            return rest?.tags.map(\.text)
        }
        #expect(try left(["todo/1", "lists"]) == ["lists"])
        #expect(try left(["todo/1", "lists/1/2"]) == nil)
        #expect(try left(["a", "b"]) == ["a", "b"])
        // Anything may be stale: that a part of it is not told is no reason not to tell the rest.
        #expect(try left([], coversAll: true) == [])
    }

    @Test func `what is pending forgets what is covered, and can take it in again`() throws {
        var pending = Pending()
        let both = Invalidation(tags: [try tag("todo/1"), try tag("lists")], scope: .global, xid: 7)
        pending.add(both, filter: nil)
        pending.remove(set("todo"))
        #expect(pending.event == .invalidate(tags: [try tag("lists")], scopes: [.global], xids: [7], origin: nil))
        pending.add(both, filter: nil)
        #expect(
            pending.event
                == .invalidate(tags: [try tag("lists"), try tag("todo/1")], scopes: [.global], xids: [7], origin: nil)
        )
        pending.remove(set("todo", "lists"))
        #expect(pending.isEmpty)
        var reset = Pending(reset: .gap)
        reset.remove(set("todo"))
        #expect(reset.event == .reset(.gap))
    }
}
