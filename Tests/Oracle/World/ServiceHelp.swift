import TestSupport

/// What `freshet serve --help` says, for flags that a version may lack.
enum ServiceHelp {
    static func names(_ flag: String) async throws -> Bool {
        try await ServiceProcess.withProcess(ServiceProcess.freshet, ["serve", "--help"]) { process in
            var found = false
            while let line = try await process.nextLine() { found = found || line.contains(flag) }
            return found
        }
    }
}
