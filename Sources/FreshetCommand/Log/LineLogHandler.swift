import Foundation
import Invalidation
package import Logging

/// Writes one line an event to standard error, as text or as JSON.
///
/// Messages are constant; what varies is metadata, so that a machine can count and a person can search.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let format: LogFormat

    package init(label: String, format: LogFormat, level: Logger.Level) {
        self.label = label
        self.format = format
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
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
        var line = Array(#"{"time":"\#(Self.now())","level":"\#(event.level)","logger":"#.utf8)
        JSONWriter.append(label, to: &line)
        line.append(contentsOf: #","message":"#.utf8)
        JSONWriter.append(event.message.description, to: &line)
        for (key, value) in members {
            line.append(UInt8(ascii: ","))
            JSONWriter.append(key, to: &line)
            line.append(UInt8(ascii: ":"))
            JSONWriter.append("\(value)", to: &line)
        }
        line.append(contentsOf: "}\n".utf8)
        return line
    }

    private static func now() -> String {
        Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// A value with a space or a line break is quoted, so that a line stays one line and a pair one pair.
    private static func oneWord(_ value: String) -> String {
        guard value.isEmpty || value.contains(where: { $0.isWhitespace || $0 == "\"" }) else { return value }
        var quoted: [UInt8] = []
        JSONWriter.append(value, to: &quoted)
        return String(decoding: quoted, as: UTF8.self)
    }
}
