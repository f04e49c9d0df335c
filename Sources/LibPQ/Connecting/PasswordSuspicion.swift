/// Judges whether what libpq took for the name of an option can be a piece of a password.
enum PasswordSuspicion {
    /// In `password=my pet=dog`, `pet` may be part of the password, which should have been quoted; and in a URI all
    /// that stands before an `@` may be.
    static func covers(_ name: String, in text: String) -> Bool {
        if text.contains("://") {
            return text.drop { $0 != "?" }.contains("@")
        }
        guard let start = position(of: name, in: text) else { return true }
        let before = text[..<start]
        guard let equals = before.lastIndex(of: "=") else { return false }
        let keyword = before[..<equals].reversed().drop(while: \.isWhitespace).prefix { !$0.isWhitespace }
        guard String(keyword.reversed()).hasSuffix("password") else { return false }
        let value = before[before.index(after: equals)...].drop(while: \.isWhitespace)
        let isQuoted = value.first == "'" && value.last(where: { !$0.isWhitespace }) == "'" && value.count > 1
        return !isQuoted
    }

    /// Where `name =` stands as a word of its own.
    private static func position(of name: String, in text: String) -> String.Index? {
        var start = text.startIndex
        while start < text.endIndex {
            let isWordStart = start == text.startIndex || text[text.index(before: start)].isWhitespace
            if isWordStart, text[start...].hasPrefix(name),
                text[start...].dropFirst(name.count).drop(while: \.isWhitespace).first == "="
            {
                return start
            }
            start = text.index(after: start)
        }
        return nil
    }
}
