import Foundation
import SeededRandom
import Testing

@testable import Invalidation

@Suite struct JSONWriterTests {
    private func literal(_ string: String) -> String {
        var json: [UInt8] = []
        JSONWriter.append(string, to: &json)
        return String(decoding: json, as: UTF8.self)
    }

    @Test func `quotes, backslashes and control characters are escaped and nothing else is`() {
        #expect(literal("a\"b\\c/d") == #""a\"b\\c/d""#)
        #expect(literal("\0\u{8}\t\n\u{C}\r\u{1F}") == #""\u0000\u0008\u0009\u000a\u000c\u000d\u001f""#)
        #expect(literal("\u{7F}é日𝄞\u{2028}") == "\"\u{7F}é日𝄞\u{2028}\"")
    }

    @Test func `no line break is ever written, whatever the text`() {
        var random = SeededRandom(seed: 41)
        for _ in 0..<700 {
            #expect(!literal(random.text(upTo: 12)).utf8.contains { $0 < 0x20 })
        }
    }

    @Test func `what is written reads back here and in a foreign parser`() throws {
        var random = SeededRandom(seed: 42)
        for _ in 0..<700 {
            let text = random.textForFoundation(upTo: 12)
            let json = literal(text)
            var scanner = JSONScanner(json)
            #expect(try scanner.string().utf8.elementsEqual(text.utf8))
            let foreign = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed) as? String
            #expect(try #require(foreign).utf8.elementsEqual(text.utf8))
        }
    }

    @Test func `an array has a comma between its elements`() {
        func array(_ elements: [String]) -> String {
            var json: [UInt8] = []
            JSONWriter.append(elements, to: &json) { JSONWriter.append($0, to: &$1) }
            return String(decoding: json, as: UTF8.self)
        }
        #expect(array([]) == "[]")
        #expect(array(["a"]) == #"["a"]"#)
        #expect(array(["a", "b"]) == #"["a","b"]"#)
    }
}
