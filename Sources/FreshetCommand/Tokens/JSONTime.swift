import Foundation

/// A moment: seconds since 1970, or ISO 8601.
struct JSONTime: Decodable {
    let seconds: Double

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            seconds = number
            return
        }
        let text = try container.decode(String.self)
        for style in [Date.ISO8601FormatStyle(includingFractionalSeconds: true), Date.ISO8601FormatStyle()] {
            if let date = try? style.parse(text) {
                seconds = date.timeIntervalSince1970
                return
            }
        }
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "it is no time")
    }
}
