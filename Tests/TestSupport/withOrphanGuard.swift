import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Kills a process when we die before `body` has ended, in whatever way: a shell reads from a pipe whose other end
/// only we hold.
func withOrphanGuard(of processID: Int32, _ body: () async throws -> Void) async throws {
    var options = PlatformOptions()
    options.createSession = true
    _ = try await Subprocess.run(
        .path("/bin/sh"),
        arguments: ["-c", "read -r word || kill -KILL \"$1\"", "freshet-guard", "\(processID)"],
        platformOptions: options,
        input: .inputWriter,
        output: .discarded,
        error: .discarded
    ) { shell in
        try await body()
        _ = try await shell.standardInputWriter.write("ended\n")
    }
}
