import Foundation
import Testing

@testable import Freshet

@Suite struct EmbeddedFilesTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: folder).path).sorted()
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    @Test func `the library holds the browser's client and the operator's page as they are`() throws {
        for name in try names(in: "Sources/Freshet/OperatorPage") {
            #expect(try EmbeddedFiles.operatorPage[name] == text("Sources/Freshet/OperatorPage/\(name)"))
        }
        for name in try names(in: "clients/js") where name.hasSuffix(".js") || name.hasSuffix(".d.ts") {
            #expect(try EmbeddedFiles.client[name] == text("clients/js/\(name)"))
        }
        #expect(EmbeddedFiles.operatorPage.count >= 3)
        #expect(EmbeddedFiles.client.count >= 10)
    }

    @Test func `the library needs the newest migration there is`() throws {
        let newest = try names(in: "migrations").compactMap { Int($0.prefix(4)) }.max()
        #expect(Freshet.migration == newest)
    }
}
