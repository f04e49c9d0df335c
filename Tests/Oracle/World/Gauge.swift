import Foundation

/// What a process holds, as the kernel counts it. Linux alone tells it this way; elsewhere nothing is compared.
struct Gauge: Sendable, CustomStringConvertible {
    let descriptors: Int
    let threads: Int
    let megabytes: Int

    init?(processID: Int32) {
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
        megabytes = value("VmRSS") / 1024
    }

    var description: String { "\(descriptors) descriptors, \(threads) threads, \(megabytes) MB" }

    /// Whether this is no more than `first`, but for what comes and goes.
    func isNear(_ first: Gauge) -> Bool {
        descriptors <= first.descriptors + 12 && threads <= first.threads + 8 && megabytes <= first.megabytes + 160
    }
}
