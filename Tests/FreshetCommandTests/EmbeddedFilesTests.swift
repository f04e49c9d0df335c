import Foundation
import Testing

@testable import FreshetCommand

@Suite struct EmbeddedFilesTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func files(in folder: String) throws -> [String: String] {
        let folder = Self.root.appending(path: folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            // Presets are applied by hand, and no service needs them.
            .filter { !$0.hasPrefix(".") && !$0.hasSuffix(".md") && $0 != "sessions" }
        return try Dictionary(
            uniqueKeysWithValues: names.map {
                ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8))
            }
        )
    }

    @Test func `the executable holds the migrations and the demo's application as they are`() throws {
        #expect(try files(in: "migrations") == EmbeddedFiles.migrations)
        #expect(try files(in: "Sources/FreshetCommand/Demo/Application") == EmbeddedFiles.demo)
    }

    /// psql reads them in the database's encoding, whichever that is.
    @Test func `migrations and presets are ASCII`() throws {
        let folder = Self.root.appending(path: "migrations")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var count = 0
        for case let file as URL in files where ["sql", "psql"].contains(file.pathExtension) {
            count += 1
            #expect(try Data(contentsOf: file).allSatisfy { $0 < 0x80 }, "\(file.lastPathComponent)")
        }
        #expect(count > 30)
    }

    @Test func `every migration is applied by apply.sql, and they are counted without a gap`() throws {
        let apply = try #require(EmbeddedFiles.migrations["apply.sql"])
        for name in EmbeddedFiles.migrations.keys where name.hasSuffix(".sql") && name != "apply.sql" {
            #expect(apply.contains("\\set migration \(name.dropLast(4))\n"), "\(name)")
        }
        #expect(Migrations.versions == Array(1...Migrations.versions.count))
    }
}
