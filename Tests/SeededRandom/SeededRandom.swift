/// A generator whose every run with one seed is the same, so that a random test that failed fails again.
///
/// SplitMix64: eight bytes of state are plenty for choosing test data.
package struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    package mutating func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

    /// Whether something of this probability happens.
    package mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }

    package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[int(0..<elements.count)] }

    /// Text of up to `length` characters from every Unicode plane, with more than their share of those that are special
    /// in a path, in JSON and in an event stream.
    package mutating func text(upTo length: Int) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<int(0..<length + 1) { text.append(scalar()) }
        return String(text)
    }

    private mutating func scalar() -> Unicode.Scalar {
        switch int(0..<4) {
        case 0: pick(Array("/%:\"\\,[]{}\r\n\t\0\u{7F}\u{85}\u{2028}\u{FEFF}e\u{301}0123456789-".unicodeScalars))
        case 1: Unicode.Scalar(UInt8.random(in: 0..<128, using: &self))
        default:
            // A plane, then a place in it; the surrogates' places give no scalar.
            Unicode.Scalar(UInt32(int(0..<17)) << 16 | UInt32(int(0..<0x1_0000))) ?? "\u{FFFD}"
        }
    }
}
