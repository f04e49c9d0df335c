import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

/// When two tags are equal, and when one covers the other (CONTRACT.md §1).
@Suite struct TagTests {
    private func tag(_ json: String) throws -> Tag {
        let list = try TagList(json: "[" + json + "]")
        return try #require(list.tags.first)
    }

    private func text(_ text: String) throws -> Tag { try #require(Tag(text: text)) }

    @Test func `a number equals the string of its text`() throws {
        let string = try tag(#"["todo","42"]"#)
        let number = try tag(#"["todo",42]"#)
        #expect(string == number)
        #expect(string.hashValue == number.hashValue)
        #expect(Set([string, number, try text("todo/42")]).count == 1)
        #expect(string.wire == #"["todo","42"]"#)
        #expect(number.wire == #"["todo",42]"#)
    }

    @Test func `a leading zero is another text`() throws {
        #expect(try text("todo/042") != text("todo/42"))
    }

    @Test func `composed and decomposed letters are different tags`() throws {
        #expect(try text("caf\u{e9}") != text("cafe\u{301}"))
        #expect(try tag("[\"caf\u{e9}\"]") == tag(#"["caf\u00e9"]"#))
    }

    @Test func `a slash in a segment is not two segments`() throws {
        #expect(try tag(#"["a/b"]"#) != text("a/b"))
        #expect(try tag(#"["a/b"]"#) == text("a%2Fb"))
        #expect(try tag(#"["a%2Fb"]"#) != tag(#"["a/b"]"#))
    }

    @Test(arguments: [
        ("todo", "todo"), ("todo", "todo/42"), ("todo", "todo/42/notes"), ("todo/42", "todo/42/notes"),
        ("todo", "todo/"),
        ("todo/", "todo//x"), ("", ""), ("", "/a"), ("a%2Fb", "a%2Fb/c"), ("a%25", "a%25/c"),
    ])
    func `a tag covers itself and what begins with all its segments`(general: String, special: String) throws {
        #expect(try text(general).covers(text(special)))
    }

    @Test(arguments: [
        ("todo", "todos"), ("todo/4", "todo/42"), ("todo/42", "todo"), ("todo/", "todo"), ("todo/", "todo/42"),
        ("", "a"),
        ("a", "a%2Fb"), ("a%2Fb", "a/b"), ("a/b", "a%2Fb"), ("a", ""), ("a%2F", "a%2Fb"),
        ("caf\u{e9}", "cafe\u{301}/1"),
        ("cafe", "cafe\u{301}"),
    ])
    func `a tag does not cover what only begins with its letters`(general: String, special: String) throws {
        #expect(try !text(general).covers(text(special)))
    }

    @Test func `a number covers what begins with the string of its text`() throws {
        #expect(try tag(#"["todo",42]"#).covers(tag(#"["todo","42","notes"]"#)))
    }

    @Test func `it describes itself by its text form`() throws {
        #expect(try "\(tag(#"["todo",42]"#))" == "todo/42")
    }
}
