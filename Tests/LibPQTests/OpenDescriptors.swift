import Foundation

/// How many file descriptors this process has.
func openDescriptors() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count
}
