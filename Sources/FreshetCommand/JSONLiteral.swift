import Foundation

/// A text as a JSON string (RFC 8259 §7), quotation marks and all.
struct JSONLiteral: CustomStringConvertible {
    let description: String

    init(_ text: String) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // Every text can be encoded; an array, because not every version of Foundation takes a fragment.
        let array = (try? encoder.encode([text])).map { String(decoding: $0, as: UTF8.self) } ?? #"[""]"#
        description = String(array.dropFirst().dropLast())
    }
}
