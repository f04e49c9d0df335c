import Foundation
import SeededRandom
import Testing

@testable import Invalidation

@Suite struct JSONScannerTests {
    private func string(_ json: String) throws -> String {
        var scanner = JSONScanner(json)
        let string = try scanner.string()
        try scanner.end()
        return string
    }

    private func skip(_ json: String) throws {
        var scanner = JSONScanner(json)
        try scanner.skipValue()
        try scanner.end()
    }

    private func skip(_ json: [UInt8]) throws {
        var scanner = JSONScanner(json)
        try scanner.skipValue()
        try scanner.end()
    }

    private func integer(_ json: String) throws -> String {
        var scanner = JSONScanner(json)
        let digits = try String(decoding: scanner.integer(), as: UTF8.self)
        try scanner.end()
        return digits
    }

    @Test(arguments: [
        (#""""#, ""), (#""a b""#, "a b"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u00E9""#, "Aéé"),
        (#""\ud834\udd1e""#, "𝄞"), (#""\uD834\uDD1E!""#, "𝄞!"), (#""\u0000""#, "\0"),
        ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"),
        ("\t\r\n \"x\" ", "x"),
    ])
    func `a string is read with its escapes resolved`(json: String, text: String) throws {
        #expect(try string(json).utf8.elementsEqual(text.utf8))
    }

    @Test(arguments: [
        "", "\"", "\"a", "a\"", #""\"#, #""\""#, #""\x""#, #""\u""#, #""\u12""#, #""\u12g4""#, #""\u 123""#,
        #""\u+123""#,
        "\"a\nb\"", "\"\u{1F}\"", "\"\0\"", "'a'", "a", "1", "\"a\" b", "\"a\"\"b\"",
    ])
    func `what is no string is refused`(json: String) {
        #expect(throws: JSONScanner.Failure.self) { _ = try string(json) }
    }

    @Test(arguments: [
        #""\ud834""#, #""\udd1e""#, #""\ud834x""#, #""\ud834\n""#, #""\ud834\u0041""#, #""\ud834\ud834\udd1e""#,
    ])
    func `half a surrogate pair is refused, because no text has it`(json: String) {
        #expect(throws: JSONScanner.Failure.self) { _ = try string(json) }
    }

    @Test(arguments: ["0", "-0", "7", "-7", "10", "123456789012345678901234567890"])
    func `an integer is read digit by digit`(json: String) throws {
        #expect(try integer(" \(json) ") == json)
    }

    @Test(arguments: [
        "", "-", "+1", "01", "-01", "1.0", "1.", ".5", "1e3", "1E3", "0x10", "1_000", "1a", "--1", "1-", "NaN", "\"1\"",
    ])
    func `what is no integer is refused`(json: String) {
        #expect(throws: JSONScanner.Failure.self) { _ = try integer(json) }
    }

    @Test(arguments: [
        "null", "true", "false", "0", "-0", "12", "-1.5", "1e9", "1E+9", "1.25e-10", "\"\"", "[]", "{}", "[1,[2,[3]]]",
        #"{"a":{"b":[null,true]},"c":""}"#, " [ 1 , 2 ] ",
    ])
    func `any value is passed over`(json: String) throws {
        try skip(json)
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "True", "tru e", "-", "+1", "01", "1.", ".1", "1e", "1e+", "-abc1", "1abc2", "1-2",
        "1..2", "0x1", "Infinity",
        "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":}", "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}", "{\"a\":1]", "{,}", "1 2", "[] []", "\u{FEFF}1", "//", "/**/1",
    ])
    func `garbage is refused`(json: String) {
        #expect(throws: JSONScanner.Failure.self) { try skip(json) }
    }

    @Test func `nesting is bounded`() throws {
        try skip(String(repeating: "[", count: 32) + String(repeating: "]", count: 32))
        #expect(throws: JSONScanner.Failure.self) {
            try skip(String(repeating: "[", count: 33) + String(repeating: "]", count: 33))
        }
        #expect(throws: JSONScanner.Failure.self) { try skip(String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSONScanner.Failure.self) { try skip(String(repeating: #"{"a":"#, count: 1_000_000)) }
        // Depth is what is open, not what was.
        try skip("[" + Array(repeating: "[]", count: 100).joined(separator: ",") + "]")
    }

    @Test func `members are handed out in order, and again where a name stands twice`() throws {
        var seen: [String] = []
        var scanner = JSONScanner(#"{"a":1,"\u0062":"x","a":[2]}"#)
        try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
            seen.append("\(name)")
            try scanner.skipValue()
        }
        try scanner.end()
        #expect(seen == ["a", "b", "a"])
    }

    @Test func `a failure says what and where`() {
        #expect(throws: JSONScanner.Failure.self) { try skip(#"{"a":nope}"#) }
        do {
            try skip(#"{"a":nope}"#)
        } catch {
            #expect("\(error)" == "a value was expected, at byte 5")
        }
    }

    @Test func `bytes that are no UTF-8 never trap`() throws {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xFF], [0x5B, 0xFE],
        ] {
            var scanner = JSONScanner(bytes)
            if let string = try? scanner.string() { #expect(string.contains("\u{FFFD}")) }
            try? skip(bytes)
        }
    }

    @Test func `the scanner agrees with a foreign parser on mutilated text`() throws {
        let whole = [
            #"{"tags":[["todos"],["todo",42]],"scope":"user/42","xid":"81240","horizon":"81231","origin":"tab-7f3"}"#,
            #"{"a":[1,-2.5e+10,true,false,null,{"b":"\u00e9\ud834\udd1e\\\"\/"}],"é":"𝄞"}"#,
        ].map { Array($0.utf8) }
        let ink = Array(#"{}[]",:\u0123456789-+.eEtrufalsn /"#.utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC3, 0xFF]
        var random = SeededRandom(seed: 31)
        var accepted = 0
        for _ in 0..<8_000 {
            var bytes = random.pick(whole)
            for _ in 0..<random.int(0..<4) {
                let at = random.int(0..<bytes.count)
                switch random.int(0..<4) {
                case 0: bytes[at] = random.pick(ink)
                case 1: bytes.insert(random.pick(ink), at: at)
                case 2: bytes.remove(at: at)
                default: bytes.removeSubrange(at..<random.int(at..<bytes.count))
                }
            }
            let ours = (try? skip(bytes)) != nil
            guard let text = String(validating: bytes, as: UTF8.self), !isLaxlyRead(text) else { continue }
            let foreign = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
            if ours { accepted += 1 }
            #expect(ours == foreign, "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > 400)
    }

    /// Foundation takes a comma before a closing bracket, and refuses a number that no Double can hold.
    private func isLaxlyRead(_ text: String) -> Bool {
        text.contains(/,\s*[\]}]/) || text.contains(/[eE][+]?\d{3}/)
    }
}
