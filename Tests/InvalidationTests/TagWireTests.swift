import Foundation
import SeededRandom
import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

/// The wire form of a tag, `["todo",42]` (CONTRACT.md §1).
@Suite struct TagWireTests {
    private func read(_ json: String) throws -> Tag? {
        var scanner = JSONScanner(json)
        let tag = try Tag(from: &scanner)
        try scanner.end()
        return tag
    }

    @Test(arguments: [
        #"["todo",42]"#, #"["todo","42"]"#, "[0]", "[-7]", #"["007"]"#, "[9007199254740991]", "[-9007199254740991]",
        #"[""]"#, #"["",""]"#, #"["a\"b\\c"]"#, #"["\u0000\u001f"]"#, #"["é","é","日本","𝄞"]"#,
        "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]",
    ])
    func `a tag is written as it came`(json: String) throws {
        let tag = try #require(try read(json))
        #expect(tag.wire.utf8.elementsEqual(json.utf8))
    }

    @Test(arguments: [
        (" [ \"a\" , 1 ] ", #"["a",1]"#), (#"["A\/\n"]"#, #"["A/\u000a"]"#), (#"["\ud834\udd1e"]"#, #"["𝄞"]"#),
        ("[9007199254740992]", #"["9007199254740992"]"#), ("[-9007199254740992]", #"["-9007199254740992"]"#),
        ("[123456789012345678901234567890]", #"["123456789012345678901234567890"]"#),
    ])
    func `what another writer escapes, spaces or makes too large is written in one way`(json: String, wire: String)
        throws
    {
        #expect(try read(json)?.wire == wire)
    }

    @Test func `a slash in a string does not part a segment`() throws {
        let tag = try #require(try read(#"["a/b","c%2Fd"]"#))
        #expect(tag.segments == ["a/b", "c%2Fd"])
        #expect(tag.text == "a%2Fb/c%252Fd")
        #expect(tag.wire == #"["a/b","c%2Fd"]"#)
    }

    @Test func `minus zero is zero, as it is to JavaScript and PostgreSQL`() throws {
        #expect(try read("[-0]") == (try read("[0]")))
        #expect(try read("[-0]")?.wire == "[0]")
    }

    @Test func `the empty array is no tag`() throws {
        #expect(try read("[]") == nil)
        #expect(try read("[ ]") == nil)
    }

    @Test(arguments: [
        "", "[", "[\"a\"", "[\"a\",]", "[,\"a\"]", "[1.5]", "[1e3]", "[01]", "[-]", "[+1]", "[null]", "[true]",
        "[[\"a\"]]",
        "[{}]", "{}", "\"a\"", "42", "[\"a\"]]", "[\"a\"] x", "['a']", "[1 2]",
        "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]",
    ])
    func `anything else is refused`(json: String) {
        #expect(throws: JSONScanner.Failure.self) { _ = try read(json) }
    }

    @Test func `any segment survives the wire, the text form, and a foreign parser`() throws {
        var random = SeededRandom(seed: 21)
        for _ in 0..<700 {
            let segments = (0..<random.int(1..<17)).map { _ in random.textForFoundation(upTo: 6) }
            var json: [UInt8] = []
            JSONWriter.append(segments, to: &json) { JSONWriter.append($0, to: &$1) }
            let tag = try #require(try read(String(decoding: json, as: UTF8.self)))
            #expect(tag.segments.map { Array($0.utf8) } == segments.map { Array($0.utf8) })
            #expect(Tag(text: tag.text) == tag)
            let foreign = try #require(try JSONSerialization.jsonObject(with: Data(tag.wire.utf8)) as? [String])
            #expect(foreign.map { Array($0.utf8) } == segments.map { Array($0.utf8) })
        }
    }
}
