import Testing

@testable import Invalidation

@Suite struct TextTests {
    @Test func `composed and decomposed letters are different texts`() {
        #expect(Text("caf\u{e9}") != Text("cafe\u{301}"))
        #expect(Set([Text("caf\u{e9}"), Text("cafe\u{301}")]).count == 2)
    }

    @Test func `equal bytes are equal texts`() {
        #expect(Text("todo/42") == Text(String("24/odot".reversed())))
    }
}
