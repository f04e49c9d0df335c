import Foundation
import FreshetClient
import Invalidation

/// How `freshet tail` writes one event as one line.
enum EventFormat: Sendable {
    case text
    case json

    func line(_ event: ServerSentEvent, at date: Date, timeZone: TimeZone = .current) -> String {
        // To the nearest millisecond, and a little over: what is cut off below is then always too much.
        let date = Date(timeIntervalSince1970: (date.timeIntervalSince1970 * 1_000).rounded() / 1_000 + 0.000_01)
        return switch self {
        case .text: Self.text(event, date, timeZone)
        case .json: Self.json(event, date)
        }
    }

    private static func text(_ event: ServerSentEvent, _ date: Date, _ timeZone: TimeZone) -> String {
        var words = [time(date, timeZone), word(event.type)]
        if let data = EventData(json: event.data) {
            if event.type == "invalidate" {
                words.append(data.scopes.map(word).joined(separator: ","))
                words += data.tags.map(word)
            } else if !data.scopes.isEmpty || event.type == "welcome" {
                words.append("user=\(data.user.map(word) ?? "none")")
                words.append("scopes=\(data.scopes.map(word).joined(separator: ","))")
            }
            if !data.transactions.isEmpty {
                words.append("tx=\(data.transactions.map(word).joined(separator: ","))")
            }
            words += data.rest.map { "\(word($0.name))=\(word($0.value))" }
        } else {
            words.append(word(event.data))
        }
        if !event.lastEventID.isEmpty { words.append("id=\(word(event.lastEventID))") }
        return words.joined(separator: " ")
    }

    private static func json(_ event: ServerSentEvent, _ date: Date) -> String {
        var line = Array(#"{"at":"#.utf8)
        JSONWriter.append(date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)), to: &line)
        line.append(contentsOf: #","event":"#.utf8)
        JSONWriter.append(event.type, to: &line)
        line.append(contentsOf: #","id":"#.utf8)
        JSONWriter.append(event.lastEventID, to: &line)
        line.append(contentsOf: #","data":"#.utf8)
        if isJSONLine(event.data) {
            line.append(contentsOf: event.data.utf8)
        } else {
            JSONWriter.append(event.data, to: &line)
        }
        line.append(UInt8(ascii: "}"))
        return String(decoding: line, as: UTF8.self)
    }

    /// Whether a text is one JSON value, in which no white space is a line break.
    private static func isJSONLine(_ text: String) -> Bool {
        guard !text.utf8.contains(0x0A), !text.utf8.contains(0x0D) else { return false }
        var scanner = JSONScanner(text)
        do throws(JSONScanner.Failure) {
            try scanner.skipValue()
            try scanner.end()
            return true
        } catch {
            return false
        }
    }

    private static func time(_ date: Date, _ timeZone: TimeZone) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let parts = calendar.dateComponents([.hour, .minute, .second, .nanosecond], from: date)
        func digits(_ value: Int?, _ count: Int) -> String {
            let text = String(value ?? 0)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let clock = [parts.hour, parts.minute, parts.second].map { digits($0, 2) }.joined(separator: ":")
        return "\(clock).\(digits((parts.nanosecond ?? 0) / 1_000_000, 3))"
    }

    /// A text as one word of a line. Tags hold what rows hold: what a terminal would take for a command or would not
    /// show is escaped, and a text with a blank in it is quoted.
    private static func word(_ text: String) -> String {
        var isPlain = !text.isEmpty
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
                escaped += "\\u{\(String(scalar.value, radix: 16))}"
                isPlain = false
            case .spaceSeparator:
                escaped.unicodeScalars.append(scalar)
                isPlain = false
            default:
                if scalar == "\"" || scalar == "\\" {
                    escaped += "\\"
                    isPlain = false
                }
                escaped.unicodeScalars.append(scalar)
            }
        }
        return isPlain ? text : "\"\(escaped)\""
    }
}
