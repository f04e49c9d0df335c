import SeededRandom
import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

/// The text form of a tag, `todo/42` (CONTRACT.md §1).
@Suite struct TagTextTests {
    private func wire(_ text: String) -> String? { Tag(text: text)?.wire }

    @Test func `segments are parted at slashes`() {
        #expect(Tag(text: "todo/42/notes")?.segments == ["todo", "42", "notes"])
        #expect(wire("todo/42/notes") == #"["todo",42,"notes"]"#)
    }

    @Test(arguments: [
        ("0", "[0]"), ("7", "[7]"), ("9007199254740991", "[9007199254740991]"),
        ("9007199254740992", #"["9007199254740992"]"#), ("9999999999999999", #"["9999999999999999"]"#),
        ("00", #"["00"]"#), ("007", #"["007"]"#), ("-7", #"["-7"]"#), ("+7", #"["+7"]"#), ("7.0", #"["7.0"]"#),
        ("7e3", #"["7e3"]"#), ("٧", #"["٧"]"#), ("12345678901234567890123", #"["12345678901234567890123"]"#),
    ])
    func `only digits that JavaScript holds exactly are a number`(text: String, wire: String) {
        #expect(self.wire(text) == wire)
    }

    @Test func `an escaped slash and an escaped percent sign are part of their segment`() {
        let tag = Tag(text: "a%2Fb/100%25")
        #expect(tag?.segments == ["a/b", "100%"])
        #expect(tag?.text == "a%2Fb/100%25")
    }

    @Test func `a lower-case escape is the same tag`() {
        #expect(Tag(text: "a%2fb") == Tag(text: "a%2Fb"))
        #expect(Tag(text: "a%2fb")?.text == "a%2Fb")
    }

    @Test func `an escaped percent sign does not begin another escape`() {
        #expect(Tag(text: "%252F")?.segments == ["%2F"])
        #expect(Tag(text: "%252F") != Tag(text: "%2F"))
    }

    @Test(arguments: ["%", "a%", "a%2", "a%2/F", "%41", "%3A", "50%off", "%2G", "%%25", "%25%", "a/%"])
    func `any other percent sign makes the text no tag`(text: String) {
        #expect(Tag(text: text) == nil)
    }

    @Test func `sixteen segments are a tag and seventeen are none`() {
        let sixteen = Array(repeating: "1", count: 16).joined(separator: "/")
        #expect(Tag(text: sixteen)?.segments.count == 16)
        #expect(wire(sixteen) == "[" + Array(repeating: "1", count: 16).joined(separator: ",") + "]")
        #expect(Tag(text: sixteen + "/1") == nil)
        #expect(Tag(text: sixteen + "/") == nil)
    }

    @Test func `an empty segment is a segment`() {
        #expect(Tag(text: "")?.segments == [""])
        #expect(Tag(text: "/")?.segments == ["", ""])
        #expect(Tag(text: "a//b")?.segments == ["a", "", "b"])
        #expect(wire("a//1") == #"["a","",1]"#)
        #expect(Tag(text: "a/") != Tag(text: "a"))
    }

    @Test func `text that is written is read back, whatever is in it`() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<1_000 {
            let segments = (0..<random.int(1..<17)).map { _ in random.text(upTo: 6) }
            let text = segments.map(escaped).joined(separator: "/")
            let tag = try #require(Tag(text: text))
            #expect(tag.segments.map { Array($0.utf8) } == segments.map { Array($0.utf8) })
            #expect(tag.text.utf8.elementsEqual(text.utf8))
            #expect(Tag(text: tag.text)?.numbers == tag.numbers)
        }
    }

    @Test func `random text is a tag or is none, and never a trap`() {
        var random = SeededRandom(seed: 12)
        for _ in 0..<2_000 {
            guard let tag = Tag(text: random.text(upTo: 20)) else { continue }
            #expect(Tag(text: tag.text) == tag)
            #expect((1...16).contains(tag.segments.count))
        }
    }

    private func escaped(_ segment: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in segment.unicodeScalars {
            switch scalar {
            case "/": text.append(contentsOf: "%2F".unicodeScalars)
            case "%": text.append(contentsOf: "%25".unicodeScalars)
            default: text.append(scalar)
            }
        }
        return String(text)
    }
}

extension Tag {
    /// The wire form as text.
    var wire: String {
        var json: [UInt8] = []
        write(to: &json)
        return String(decoding: json, as: UTF8.self)
    }
}
