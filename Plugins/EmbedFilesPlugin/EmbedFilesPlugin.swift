import Foundation
import PackagePlugin

/// Puts the migrations, the browser's client, the operator's page and the demo's application into the executable, so that
/// it works where the sources are not.
///
/// All files of a folder are taken, so that a new migration needs no line here. Resources of the package manager would
/// lie in a bundle beside the executable, which a copy of the executable alone would miss.
@main
struct EmbedFilesPlugin: BuildToolPlugin {
    /// Not what is beside them for those who work on them: a manual, a package's description, tests.
    private static let endings = [".sql", ".psql", ".js", ".d.ts", ".html", ".css", ".svg"]

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folders = [
            ("migrations", context.package.directoryURL.appending(path: "migrations")),
            ("client", context.package.directoryURL.appending(path: "clients/js")),
            ("demo", target.directoryURL.appending(path: "Demo/Application")),
            ("operatorPage", target.directoryURL.appending(path: "OperatorPage")),
        ]
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
        var inputs: [URL] = []
        var arguments = [output.path]
        for (name, folder) in folders {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { name in Self.endings.contains { name.hasSuffix($0) } }
            let paths = files.sorted().map { folder.appending(path: $0) }
            inputs += paths
            arguments += ["--folder", name] + paths.map(\.path)
        }
        return [
            .buildCommand(
                displayName: "Embed the migrations, the client and the pages",
                executable: try context.tool(named: "EmbedFiles").url,
                arguments: arguments,
                inputFiles: inputs,
                outputFiles: [output]
            )
        ]
    }
}
