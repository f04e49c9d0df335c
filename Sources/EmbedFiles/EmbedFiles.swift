import Foundation

/// Writes a Swift file that holds text files, for EmbedFilesPlugin: `EmbedFiles OUTPUT --folder NAME FILE… --folder …`.
@main
struct EmbedFiles {
    static func main() throws {
        var arguments = CommandLine.arguments.dropFirst()
        guard let output = arguments.popFirst() else { throw CocoaError(.fileNoSuchFile) }
        var source = """
            /// Text files as they were when the executable was built, by name.
            enum EmbeddedFiles {

            """
        for folder in arguments.split(separator: "--folder") {
            guard let name = folder.first else { continue }
            source += "    static let \(name): [String: String] = [\n"
            for path in folder.dropFirst() {
                let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
                source += "\"\(URL(fileURLWithPath: path).lastPathComponent)\": \(literal(text)),\n"
            }
            source += folder.count == 1 ? ":]\n" : "]\n"
        }
        source += "}\n"
        try Data(source.utf8).write(to: URL(fileURLWithPath: output))
    }

    /// A raw string with one number sign more than the text has anywhere, so that nothing in it can end or escape it.
    private static func literal(_ text: String) -> String {
        let longest = text.split { $0 != "#" }.map(\.count).max() ?? 0
        let signs = String(repeating: "#", count: longest + 1)
        return "\(signs)\"\"\"\n\(text)\n\"\"\"\(signs)"
    }
}
