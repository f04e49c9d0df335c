#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Text that compares and hashes by its bytes.
///
/// Swift's `String` equates canonically equivalent forms ("é" composed and decomposed); PostgreSQL and JavaScript do
/// not. Tags and scopes must be equal exactly where those two say so, or a merge would drop one of two different tags.
struct Text: Sendable {
    let string: String

    init(_ string: String) {
        var string = string
        string.makeContiguousUTF8()
        self.string = string
    }

    var utf8: String.UTF8View { string.utf8 }
}

extension Text: Hashable {
    static func == (a: Text, b: Text) -> Bool {
        guard a.utf8.count == b.utf8.count else { return false }
        // Byte by byte through the views takes five times as long, and every look at a table of scopes does this.
        return unsafe a.withBytes { a in
            unsafe b.withBytes { b in
                guard let mine = a.baseAddress, let theirs = b.baseAddress else { return true }
                return unsafe memcmp(mine, theirs, a.count) == 0
            }
        }
    }

    func hash(into hasher: inout Hasher) {
        unsafe withBytes { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(utf8.count)
    }

    private func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        var string = string
        return string.withUTF8 { unsafe body($0) }
    }
}

extension Text: Comparable {
    static func < (a: Text, b: Text) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }
}
