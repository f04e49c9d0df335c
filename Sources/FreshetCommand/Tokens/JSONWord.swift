/// A name, which some write as a number; an empty one is none.
struct JSONWord: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int64.self) {
            text = String(number)
        } else {
            let word = try container.decode(String.self)
            text = word.isEmpty ? nil : word
        }
    }
}
