import Testing

@testable import TokenFormats

@Suite struct ErlangTermTests {
    private func binary(_ text: String) -> [UInt8] { [109, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8) }

    @Test func `a map's members are found by binary keys`() {
        let term = ErlangTerm(externalFormat: [131, 116, 0, 0, 0, 1] + binary("a") + binary("x"))
        #expect(term?["a"] == .binary(Array("x".utf8)))
        #expect(term?["b"] == nil)
        #expect(ErlangTerm(externalFormat: [131] + binary("a"))?["a"] == nil)
    }

    @Test func `what ends early, goes on, or says that it is larger than it is, is no term`() {
        let whole = [131, 116, 0, 0, 0, 1] + binary("a") + binary("x")
        for count in whole.indices { #expect(ErlangTerm(externalFormat: Array(whole.prefix(count))) == nil) }
        #expect(ErlangTerm(externalFormat: whole + [106]) == nil)
        #expect(ErlangTerm(externalFormat: [131, 116, 255, 255, 255, 255]) == nil)
        #expect(ErlangTerm(externalFormat: [131, 108, 255, 255, 255, 255]) == nil)
        #expect(ErlangTerm(externalFormat: [131, 109, 255, 255, 255, 255]) == nil)
        // Compressed, a function, a reference: nothing that a session is made of.
        for tag: UInt8 in [80, 112, 113, 114, 88, 77] {
            #expect(ErlangTerm(externalFormat: [131, tag, 0, 0, 0, 0]) == nil)
        }
    }

    @Test func `one that is nested without end is given up`() {
        // A tuple of one in a tuple of one.
        var nested: [UInt8] = [131]
        for _ in 0..<1_000 { nested += [104, 1] }
        #expect(ErlangTerm(externalFormat: nested + [106]) == nil)
    }
}
