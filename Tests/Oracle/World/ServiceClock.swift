import Foundation

/// The replicas' wall clock, which a fault can set where Debian's `faketime` is installed.
///
/// The monotonic clock is left alone: it is what no operator and no NTP can set.
final class ServiceClock: Sendable {
    private let file: String?

    private static let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"

    static var isSettable: Bool { FileManager.default.fileExists(atPath: library) }

    init() throws {
        guard Self.isSettable else {
            file = nil
            return
        }
        file = "\(NSTemporaryDirectory())/freshet-clock-\(UUID().uuidString)"
        try set(ahead: 0)
    }

    func remove() { if let file { try? FileManager.default.removeItem(atPath: file) } }

    /// - Parameter seconds: how far the replicas' clock is ahead of ours.
    func set(ahead seconds: Int) throws {
        guard let file else { return }
        try Data("\(seconds < 0 ? "" : "+")\(seconds)\n".utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    }

    var environment: [String: String] {
        guard let file else { return [:] }
        return [
            "LD_PRELOAD": Self.library,
            "FAKETIME_TIMESTAMP_FILE": file,
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            // The library would set this, which moves the environment, beside which Swift looks for the arguments.
            "FAKETIME_SHARED": "none none",
        ]
    }
}
