import Foundation
import PackagePlugin

/// Puts the browser's client and the operator's page into the library, and the migrations and the demo's application into the
/// executable, so that they work where the sources are not.
///
/// All files of a folder are taken, so that a new migration needs no line here. Resources of the package manager would
/// lie in a bundle beside the executable, which a copy of the executable alone would miss.
@main
struct EmbedFilesPlugin: BuildToolPlugin {
    /// Not what is beside them for those who work on them: a manual, a package's description, tests.
    private static let endings = [".sql", ".psql", ".js", ".d.ts", ".html", ".css", ".svg"]

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let migrations = context.package.directoryURL.appending(path: "migrations")
        let folders: [(option: String, name: String, URL)] =
            switch target.name {
            case "Freshet":
                [
                    ("--names", "migrations", migrations),
                    ("--folder", "client", context.package.directoryURL.appending(path: "clients/js")),
                    ("--folder", "operatorPage", target.directoryURL.appending(path: "OperatorPage")),
                ]
            default:
                [
                    ("--folder", "migrations", migrations),
                    ("--folder", "demo", target.directoryURL.appending(path: "Demo/Application")),
                ]
            }
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
        var inputs: [URL] = []
        var arguments = [output.path]
        for (option, name, folder) in folders {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { name in Self.endings.contains { name.hasSuffix($0) } }
            let paths = files.sorted().map { folder.appending(path: $0) }
            inputs += paths
            arguments += [option, name] + paths.map(\.path)
        }
        return [
            .buildCommand(
                displayName: "Embed the files of \(target.name)",
                executable: try context.tool(named: "EmbedFiles").url,
                arguments: arguments,
                inputFiles: inputs,
                outputFiles: [output]
            )
        ]
    }
}
