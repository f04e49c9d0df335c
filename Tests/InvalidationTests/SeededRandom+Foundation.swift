import SeededRandom

extension SeededRandom {
    /// Text without U+FEFF, which Foundation's parser drops from strings.
    mutating func textForFoundation(upTo length: Int) -> String {
        String(String.UnicodeScalarView(text(upTo: length).unicodeScalars.filter { $0 != "\u{FEFF}" }))
    }
}
