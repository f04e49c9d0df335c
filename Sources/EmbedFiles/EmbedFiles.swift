import Foundation

/// Writes a Swift file that holds text files, for EmbedFilesPlugin: `EmbedFiles OUTPUT --folder NAME FILE… --names NAME FILE…`.
@main
struct EmbedFiles {
    static func main() throws {
        var arguments = CommandLine.arguments.dropFirst()
        guard let output = arguments.popFirst() else { throw CocoaError(.fileNoSuchFile) }
        var source = """
            /// Text files as they were when the executable was built, by name.
            enum EmbeddedFiles {

            """
        var rest = arguments[...]
        while let option = rest.popFirst(), let name = rest.popFirst() {
            let paths = rest.prefix { !$0.hasPrefix("--") }
            rest = rest.dropFirst(paths.count)
            source += try option == "--names" ? names(name, paths) : texts(name, paths)
        }
        source += "}\n"
        try Data(source.utf8).write(to: URL(fileURLWithPath: output))
    }

    /// The names of files, in order.
    private static func names(_ name: String, _ paths: some Sequence<String>) -> String {
        let names = paths.map { literal(URL(fileURLWithPath: $0).lastPathComponent) }
        return "    static let \(name): [String] = [\(names.joined(separator: ", "))]\n"
    }

    /// What is in files, by their names.
    private static func texts(_ name: String, _ paths: some Collection<String>) throws -> String {
        var source = "    static let \(name): [String: String] = [\n"
        for path in paths {
            let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
            source += "\"\(URL(fileURLWithPath: path).lastPathComponent)\": \(literal(text)),\n"
        }
        return source + (paths.isEmpty ? ":]\n" : "]\n")
    }

    /// A raw string with one number sign more than the text has anywhere, so that nothing in it can end or escape it.
    private static func literal(_ text: String) -> String {
        let longest = text.split { $0 != "#" }.map(\.count).max() ?? 0
        let signs = String(repeating: "#", count: longest + 1)
        return "\(signs)\"\"\"\n\(text)\n\"\"\"\(signs)"
    }
}
