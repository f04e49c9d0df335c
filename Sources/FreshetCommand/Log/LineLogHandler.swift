import Foundation
import Logging

/// Writes one line an event to standard error, as text or as JSON.
///
/// Messages are constant; what varies is metadata, so that a machine can count and a person can search.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let format: LogFormat

    init(label: String, format: LogFormat, level: Logger.Level) {
        self.label = label
        self.format = format
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        let members = all.sorted { $0.key < $1.key }
        let line =
            switch format {
            case .text: text(event, members)
            case .json: json(event, members)
            }
        // One write a line, so that lines of several threads do not run into each other.
        FileHandle.standardError.write(Data(line))
    }

    private func text(_ event: LogEvent, _ members: [(key: String, value: Logger.Metadata.Value)]) -> [UInt8] {
        var line = "\(Self.now()) \(event.level) \(event.message)"
        for (key, value) in members { line += " \(key)=\(Self.oneWord("\(value)"))" }
        return Array((line + "\n").utf8)
    }

    private func json(_ event: LogEvent, _ members: [(key: String, value: Logger.Metadata.Value)]) -> [UInt8] {
        var line = #"{"time":"\#(Self.now())","level":"\#(event.level)","logger":\#(JSONLiteral(label))"#
        line += #","message":\#(JSONLiteral(event.message.description))"#
        for (key, value) in members { line += ",\(JSONLiteral(key)):\(JSONLiteral("\(value)"))" }
        return Array((line + "}\n").utf8)
    }

    private static func now() -> String {
        Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// A value with a space or a line break is quoted, so that a line stays one line and a pair one pair.
    private static func oneWord(_ value: String) -> String {
        guard value.isEmpty || value.contains(where: { $0.isWhitespace || $0 == "\"" }) else { return value }
        return JSONLiteral(value).description
    }
}
