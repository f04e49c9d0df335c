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
        a.utf8.count == b.utf8.count && a.utf8.elementsEqual(b.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var string = string
        string.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(utf8.count)
    }
}

extension Text: Comparable {
    static func < (a: Text, b: Text) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }
}
