/// Takes `{a,"b \"c\"",NULL}` apart.
struct ArrayTextReader {
    enum Element: Equatable {
        case null
        case value([UInt8])
    }

    private let text: [UInt8]
    private var index: Int
    private var isFirst = true

    init(_ text: [UInt8]) {
        self.text = text
        // An array that does not begin at 1 has its bounds before it: `[0:1]={a,b}`.
        let start = text.first == UInt8(ascii: "[") ? text.firstIndex(of: UInt8(ascii: "=")) : nil
        index = start.map { $0 + 1 } ?? 0
    }

    /// The next element, or nil after the last.
    mutating func next() throws(DecodingFailure) -> Element? {
        if isFirst {
            isFirst = false
            guard take(UInt8(ascii: "{")) else { throw .malformed("an array") }
            if take(UInt8(ascii: "}")) { return try end() }
        } else if take(UInt8(ascii: "}")) {
            return try end()
        } else if !take(UInt8(ascii: ",")) {
            throw .malformed("an array")
        }
        if take(UInt8(ascii: "\"")) { return .value(try quoted()) }
        return try bare()
    }

    private mutating func take(_ character: UInt8) -> Bool {
        guard index < text.count, text[index] == character else { return false }
        index += 1
        return true
    }

    private func end() throws(DecodingFailure) -> Element? {
        guard index == text.count else { throw .malformed("an array") }
        return nil
    }

    private mutating func quoted() throws(DecodingFailure) -> [UInt8] {
        var value: [UInt8] = []
        while index < text.count {
            let character = text[index]
            index += 1
            switch character {
            case UInt8(ascii: "\""):
                return value
            case UInt8(ascii: "\\"):
                guard index < text.count else { throw .malformed("an array") }
                value.append(text[index])
                index += 1
            default:
                value.append(character)
            }
        }
        throw .malformed("an array")
    }

    /// An element without quotes has no blanks, quotes or backslashes: the server quotes those.
    private mutating func bare() throws(DecodingFailure) -> Element {
        let start = index
        while index < text.count, text[index] != UInt8(ascii: ","), text[index] != UInt8(ascii: "}") {
            guard text[index] != UInt8(ascii: "{") else { throw DecodingFailure("the array has several dimensions.") }
            index += 1
        }
        let value = text[start..<index]
        guard !value.isEmpty else { throw .malformed("an array") }
        return value.elementsEqual("NULL".utf8) ? .null : .value(Array(value))
    }
}
