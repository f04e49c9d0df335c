import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

@Suite struct TagFilterTests {
    private func filter(_ texts: String...) throws -> TagFilter {
        try #require(TagFilter(texts.compactMap(Tag.init(text:))))
    }

    private func tag(_ text: String) throws -> Tag { try #require(Tag(text: text)) }

    @Test func `no tags are no filter`() {
        #expect(TagFilter([]) == nil)
    }

    @Test func `what covers a named tag passes, and what a named tag covers`() throws {
        let filter = try filter("todo/42", "lists")
        for text in ["todo", "todo/42", "todo/42/notes", "lists", "lists/1"] { #expect(try filter.passes(tag(text))) }
    }

    @Test func `what is beside a named tag does not pass`() throws {
        let filter = try filter("todo/42", "lists")
        for text in ["todo/43", "todo/4", "todos", "list", "other"] { #expect(try !filter.passes(tag(text))) }
    }
}
