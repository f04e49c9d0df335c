import Foundation

/// A line for each step that takes a while, on standard error: `Starting a private PostgreSQL … 1.4 s`.
enum Progress {
    static func step<Result>(_ what: String, _ body: () async throws -> Result) async throws -> Result {
        let start = ContinuousClock.now
        begin(what)
        do {
            let result = try await body()
            end(since: start)
            return result
        } catch {
            end()
            throw error
        }
    }

    static func begin(_ what: String) { write("\(what) … ") }

    static func end(since start: ContinuousClock.Instant? = nil) {
        guard let start else { return write("\n") }
        let tenths = ((ContinuousClock.now - start) / .milliseconds(100)).rounded()
        write("\(tenths / 10) s\n")
    }

    private static func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
