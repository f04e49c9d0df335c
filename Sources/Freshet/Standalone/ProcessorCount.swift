import Foundation
import NIOCore

/// How many processors there are for this process.
enum ProcessorCount {
    /// Those that it may run on, which `taskset`, a cpuset or a container may have made fewer than the machine has: two
    /// event loops on one processor only take turns.
    static var usable: Int {
        // proc(5): a mask of bits in hexadecimal, with a comma after every eight digits. Not on macOS.
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") })
        else { return System.coreCount }
        return max(1, min(allowed(line.dropFirst("Cpus_allowed:".count)), System.coreCount))
    }

    /// How many bits are set in a mask of hexadecimal digits; whatever else it holds counts for nothing.
    static func allowed(_ mask: some StringProtocol) -> Int {
        mask.reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
    }
}
