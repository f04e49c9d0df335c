import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

/// Tags made of segments in Swift are those that SQL and pages make (CONTRACT.md §1).
@Suite struct TagSegmentTests {
    @Test func `segments are written as they are given`() {
        #expect(Tag("todo", 42).wire == #"["todo",42]"#)
        #expect(Tag("todo", "42").wire == #"["todo","42"]"#)
        #expect(Tag("todo", 42) == Tag(text: "todo/42"))
        #expect(Tag("-", -7).wire == #"["-",-7]"#)
    }

    @Test func `a slash or a percent sign in a segment stays in it`() {
        let name = "a/b%"
        #expect(Tag("file", "\(name)").text == "file/a%2Fb%25")
        #expect(Tag("file", .string(name)).segments == ["file", name])
    }

    @Test func `an integer that JavaScript would round is a string of the same text`() {
        #expect(Tag("id", .integer(1 << 53)).wire == #"["id","9007199254740992"]"#)
        #expect(Tag("id", .integer(.min)).wire == #"["id","-9223372036854775808"]"#)
    }
}
