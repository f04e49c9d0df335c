import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A disk of a few megabytes, in memory; only root on Linux can have one.
struct SmallDisk: Sendable {
    let path: String

    #if os(Linux)
        /// Whether this system lets us mount one: a container often does not, also root.
        static let isPossible: Bool = {
            guard geteuid() == 0, let disk = try? SmallDisk(megabytes: 1, owner: 0) else { return false }
            disk.remove()
            return true
        }()

        private init(megabytes: Int, owner: uid_t) throws {
            path = "/tmp/freshet-disk-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            guard unsafe mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m,mode=0700,uid=\(owner)") == 0 else {
                try? FileManager.default.removeItem(atPath: path)
                throw TestFailure("cannot mount a tmpfs on \(path): \(unsafe String(cString: strerror(errno)))")
            }
        }

        private func remove() {
            // Also with files that a server still has open.
            _ = unsafe umount2(path, Int32(MNT_DETACH))
            try? FileManager.default.removeItem(atPath: path)
        }

        /// Mounts one that belongs to whoever owns `file`, and removes it when `body` has ended.
        static func withDisk<Result>(
            megabytes: Int,
            ownedAs file: String,
            _ body: (SmallDisk) async throws -> Result
        ) async throws -> Result {
            let owner = try FileManager.default.attributesOfItem(atPath: file)[.ownerAccountID] as? Int ?? 0
            let disk = try SmallDisk(megabytes: megabytes, owner: uid_t(owner))
            defer { disk.remove() }
            return try await body(disk)
        }
    #else
        static let isPossible = false

        static func withDisk<Result>(
            megabytes: Int,
            ownedAs file: String,
            _ body: (SmallDisk) async throws -> Result
        ) async throws -> Result {
            throw TestFailure("a small disk can only be mounted on Linux")
        }
    #endif

    private var filler: String { path + "/filler" }

    /// Leaves not a byte.
    func fill() {
        _ = FileManager.default.createFile(atPath: filler, contents: nil)
        guard let file = FileHandle(forWritingAtPath: filler) else { return }
        defer { try? file.close() }
        for size in [1 << 16, 1 << 12, 1] {
            while (try? file.write(contentsOf: Data(count: size))) != nil {}
        }
    }

    /// Gives back what ``fill()`` has taken.
    func empty() throws { try FileManager.default.removeItem(atPath: filler) }
}
