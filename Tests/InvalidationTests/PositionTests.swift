import SeededRandom
import Testing

@testable import Invalidation

@Suite struct PositionTests {
    @Test func `a position is written as timeline and horizon`() throws {
        let position = Position(timeline: try #require(Timeline("k3f9a2c81")), horizon: 81_231)
        #expect(position.text == "k3f9a2c81-81231")
        #expect("\(position)" == position.text)
    }

    @Test(arguments: ["a-0", "k3f9a2c81-81231", "Z9-18446744073709551615"])
    func `a position that was written is read back`(text: String) throws {
        #expect(try #require(Position(text: text)).text == text)
    }

    @Test(arguments: [
        "", "-", "a", "a-", "-1", "a-b", "a--1", "a-1-", "a-1-2", "a-+1", "a- 1", "a-1 ", " a-1", "a-1\n", "a_b-1",
        "é-1", "a-١",
        "a-18446744073709551616", "a-99999999999999999999", "a-000000000000000000001", "a-0x1", "nonsense", "a–1",
        "\0-1",
    ])
    func `anything else is no position`(text: String) {
        #expect(Position(text: text) == nil)
    }

    @Test func `a timeline is one to sixty-four letters and digits`() {
        #expect(Timeline("a")?.name == "a")
        #expect(Timeline(String(repeating: "z", count: 64)) != nil)
        #expect(Timeline(String(repeating: "z", count: 65)) == nil)
        for name in ["", "a-b", "a b", "a\n", "ä", "@", "`", "[", "{", "a\0"] { #expect(Timeline(name) == nil) }
    }

    @Test func `digits alone are an unsigned number`() {
        func number(_ text: String) -> UInt64? { UInt64(digits: text.utf8) }
        #expect(number("0") == 0)
        #expect(number("18446744073709551615") == .max)
        #expect(number("18446744073709551616") == nil)
        for text in ["", "+1", "-1", " 1", "1 ", "1_0", "0x1", "٣"] { #expect(number(text) == nil) }
    }

    @Test func `random text is a position only where it writes itself`() {
        var random = SeededRandom(seed: 51)
        for _ in 0..<5_000 {
            let text = (random.chance(0.5) ? "k3-" : "") + random.text(upTo: 8)
            guard let position = Position(text: text) else { continue }
            #expect(Position(text: position.text) == position)
        }
    }
}
