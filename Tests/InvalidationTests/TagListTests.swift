import Testing

@testable import Invalidation

@Suite struct TagListTests {
    @Test func `tags come in the order in which they stand`() throws {
        let list = try TagList(json: #"[["todos"],["todo",42],["todos"]]"#)
        #expect(list.tags.map(\.text) == ["todos", "todo/42", "todos"])
        #expect(!list.coversAll)
    }

    @Test func `the empty tag means anything, beside the others`() throws {
        let list = try TagList(json: #"[["todos"],[]]"#)
        #expect(list.tags.map(\.text) == ["todos"])
        #expect(list.coversAll)
        #expect(try TagList(json: "[[]]").coversAll)
    }

    @Test func `an empty list is empty`() throws {
        let list = try TagList(json: " [ ] ")
        #expect(list.tags.isEmpty)
        #expect(!list.coversAll)
    }

    @Test(arguments: [
        "", "{}", "null", "\"todos\"", #"["todos"]"#, #"[["a"],"b"]"#, #"[["a"]"#, #"[["a"]],"#, "[[[]]]",
    ])
    func `anything but an array of tags is refused`(json: String) {
        #expect(throws: JSONScanner.Failure.self) { _ = try TagList(json: json) }
    }
}
