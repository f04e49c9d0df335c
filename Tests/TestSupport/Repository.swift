import Foundation

/// Where the sources lie that this test was built from.
package enum Repository {
    /// The nearest directory above this file that holds `Package.swift`.
    package static let root: String = {
        var directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while directory.path != "/" {
            if FileManager.default.fileExists(atPath: directory.appendingPathComponent("Package.swift").path) {
                return directory.path
            }
            directory.deleteLastPathComponent()
        }
        preconditionFailure("no Package.swift above \(#filePath): run the tests where they were built")
    }()

    package static var migrations: String { root + "/migrations/apply.sql" }
}
