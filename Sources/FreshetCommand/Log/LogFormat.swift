/// How a line of the log is written.
enum LogFormat: String, Sendable, CaseIterable {
    /// For a person at a terminal.
    case text

    /// For machines: one JSON object a line.
    case json
}
