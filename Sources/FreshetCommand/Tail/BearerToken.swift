/// A token that can stand in a header. Nothing prints it.
struct BearerToken: Sendable, CustomStringConvertible {
    let text: String

    init?(_ text: String) {
        guard Self.isFieldValue(text) else { return nil }
        self.text = text
    }

    var description: String { "(a token)" }

    /// Visible ASCII alone (RFC 9110 §5.5): no blank, no line break, nothing that would begin another header.
    static func isFieldValue(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
