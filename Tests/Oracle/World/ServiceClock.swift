import Foundation
import TestSupport

/// The replicas' wall clock, which a fault can set on Linux: a library that is preloaded reads from a file how far it is
/// ahead. The monotonic clock is left alone: it is what no operator and no NTP can set.
package final class ServiceClock: Sendable {
    private let file: String?

    /// What a service is to be started with.
    package let environment: [String: String]

    /// What is preloaded, built once beside the service; a product of the package it is not, because every user would have it.
    private static let library = Result { try build() }

    package static var isSettable: Bool {
        #if os(Linux)
            true
        #else
            false
        #endif
    }

    /// - Throws: where the library cannot be built, which takes the compiler that comes with Swift.
    package init() throws {
        guard Self.isSettable else {
            file = nil
            environment = [:]
            return
        }
        let file = "\(NSTemporaryDirectory())/freshet-clock-\(UUID().uuidString)"
        environment = ["LD_PRELOAD": try Self.library.get(), "ORACLE_WALL_CLOCK": file]
        self.file = file
        try set(ahead: 0)
    }

    private static func build() throws -> String {
        let library = URL(fileURLWithPath: ServiceProcess.freshet).deletingLastPathComponent()
            .appendingPathComponent("libWallClock.so").path
        // Under another name first: another test process may be doing the same.
        let new = library + ".\(getpid())"
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = [
            "clang", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", new,
            Repository.root + "/Tests/WallClock/WallClock.c",
        ]
        try compiler.run()
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else { throw NotBuilt() }
        guard unsafe rename(new, library) == 0 else { throw NotBuilt() }
        return library
    }

    private struct NotBuilt: Error, CustomStringConvertible {
        let description = "Tests/WallClock/WallClock.c does not compile; is the clang that comes with Swift in PATH?"
    }

    package func remove() { if let file { try? FileManager.default.removeItem(atPath: file) } }

    /// - Parameter seconds: how far the replicas' clock is ahead of ours.
    package func set(ahead seconds: Int64) throws {
        guard let file else { return }
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: seconds.littleEndian >> (8 * $0)) }
        // In place, because the replicas have mapped this very file.
        if let handle = FileHandle(forUpdatingAtPath: file) {
            try handle.write(contentsOf: Data(bytes))
            try handle.close()
        } else {
            try Data(bytes).write(to: URL(fileURLWithPath: file))
        }
    }
}
