/// What a run under load has found.
package struct Report: Sendable {
    /// What must not be; empty where all is well.
    package internal(set) var findings: [String] = []

    /// What was measured; a test prints it and judges none of it.
    package internal(set) var lines: [String] = []

    /// A thousand streams that miss the same thing are told of once, and counted.
    static let mostFindings = 20
}
