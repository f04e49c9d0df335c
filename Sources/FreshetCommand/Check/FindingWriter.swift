import Foundation

/// Writes findings in columns, with colours where somebody looks.
struct FindingWriter: Sendable {
    let hasColours: Bool

    /// Colours only on a terminal, and not where the user has asked for none (no-color.org).
    static var standardOutput: FindingWriter {
        let environment = ProcessInfo.processInfo.environment
        let refuses = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        return FindingWriter(hasColours: isatty(STDOUT_FILENO) == 1 && !refuses && environment["TERM"] != "dumb")
    }

    func line(_ finding: Finding) -> String {
        let mark = finding.mark.rawValue.padding(toLength: 4, withPad: " ", startingAt: 0)
        let subject = finding.subject.padding(toLength: 17, withPad: " ", startingAt: 0)
        // What the database says may have line breaks in it, and a finding is a line.
        let text = finding.text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return "\(coloured(mark, finding.mark)) \(subject) \(text)"
    }

    private func coloured(_ text: String, _ mark: Finding.Mark) -> String {
        guard hasColours else { return text }
        let code =
            switch mark {
            case .ok: "32"
            case .note: "33"
            case .failed: "1;31"
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
