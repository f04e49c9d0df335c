import CLibPQ

/// Asks libpq what a connection string says.
enum ConnectionStringReader {
    /// The options that the string sets.
    static func options(_ text: String) throws(ConnectionInfoError) -> [String: String] {
        guard !text.containsZeroByte else { throw .malformed("it holds a zero byte") }
        try checkURI(text)
        var message: UnsafeMutablePointer<CChar>?
        let parsed = unsafe PQconninfoParse(text, &message)
        defer { unsafe PQfreemem(message) }
        guard let options = unsafe parsed else {
            let reason = unsafe message.map { unsafe String(cString: $0) } ?? "out of memory"
            throw explanation(of: reason, for: text)
        }
        defer { unsafe PQconninfoFree(options) }
        return unsafe values(of: options)
    }

    /// What the environment sets and libpq would use.
    static func environment() -> [String: String] {
        guard let options = unsafe PQconndefaults() else { return [:] }
        defer { unsafe PQconninfoFree(options) }
        return unsafe values(of: options)
    }

    static func knownOptions() -> Set<String> {
        guard let options = unsafe PQconninfoParse("", nil) else { return [] }
        defer { unsafe PQconninfoFree(options) }
        var names: Set<String> = []
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            unsafe names.insert(String(cString: keyword))
            unsafe option += 1
        }
        return names
    }

    /// The options of an array that ends with a null keyword.
    @unsafe static func values(of options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe values[String(cString: keyword)] = unsafe String(cString: value)
            }
            unsafe option += 1
        }
        return values
    }

    /// libpq takes what follows an unescaped `/` or `@` of a password for a port, a database or a host.
    private static func checkURI(_ text: String) throws(ConnectionInfoError) {
        guard let scheme = ["postgresql://", "postgres://"].first(where: text.hasPrefix) else { return }
        let beforeQuery = text.dropFirst(scheme.count).prefix { $0 != "?" }
        let afterUser: Substring
        if let end = beforeQuery.firstIndex(where: { $0 == "@" || $0 == "/" }), beforeQuery[end] == "@" {
            afterUser = beforeQuery[beforeQuery.index(after: end)...]
        } else {
            afterUser = beforeQuery
        }
        guard !afterUser.contains("@") else {
            throw .malformed("in a URI, \"@\" is percent-encoded as %40, and \"/\" of a password as %2F")
        }
    }

    /// libpq's own words without what they quote.
    private static func explanation(of message: String, for text: String) -> ConnectionInfoError {
        let parts = message.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        if parts.count == 3, parts[0].contains("connection option") || parts[0].contains("URI query parameter") {
            let name = String(parts[1])
            return .unknownOption(PasswordSuspicion.covers(name, in: text) ? nil : name)
        }
        return .malformed(reasons.first { message.contains($0.pattern) }?.reason ?? "libpq does not accept it")
    }

    private static let reasons: [(pattern: String, reason: String)] = [
        ("missing \"=\"", "an option has no \"=\"; a value with blanks must be in single quotes"),
        ("unterminated quoted string", "a value's single quote is not closed"),
        ("percent-encoded", "a \"%\" is not followed by two hexadecimal digits"),
        ("forbidden value %00", "it holds a zero byte"),
        ("key/value separator", "an option of the URI has no \"=\", or more than one"),
        ("IPv6", "the IPv6 address is not in brackets"),
        ("unexpected character", "something follows the host that is neither a port, a path nor an option"),
    ]
}
