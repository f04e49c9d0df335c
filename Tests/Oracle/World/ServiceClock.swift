import Foundation
import TestSupport

/// The replicas' wall clock, which a fault can set on Linux: a library that is preloaded reads from a file how far it is
/// ahead. The monotonic clock is left alone: it is what no operator and no NTP can set.
package final class ServiceClock: Sendable {
    private let file: String?

    /// Built beside the service.
    private static let library = URL(fileURLWithPath: ServiceProcess.freshet).deletingLastPathComponent()
        .appendingPathComponent("libWallClock.so").path

    package static var isSettable: Bool { FileManager.default.fileExists(atPath: library) }

    package init() throws {
        guard Self.isSettable else {
            file = nil
            return
        }
        file = "\(NSTemporaryDirectory())/freshet-clock-\(UUID().uuidString)"
        try set(ahead: 0)
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

    package var environment: [String: String] {
        file.map { ["LD_PRELOAD": Self.library, "ORACLE_WALL_CLOCK": $0] } ?? [:]
    }
}
