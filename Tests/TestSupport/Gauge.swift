import Foundation

/// What a process holds, as the kernel counts it. Linux alone tells it this way; elsewhere nothing is compared.
package struct Gauge: Sendable, CustomStringConvertible {
    package let descriptors: Int
    package let threads: Int
    package let kilobytes: Int

    package init?(processID: Int32) {
        let directory = "/proc/\(processID)"
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: directory + "/fd"),
            let status = try? String(contentsOfFile: directory + "/status", encoding: .utf8)
        else { return nil }
        func value(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            return line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
        }
        descriptors = files.count
        threads = value("Threads")
        kilobytes = value("VmRSS")
    }

    package var megabytes: Int { kilobytes / 1024 }

    package var description: String { "\(descriptors) descriptors, \(threads) threads, \(megabytes) MB" }
}
