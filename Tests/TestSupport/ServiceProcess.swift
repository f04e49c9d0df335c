import DequeModule
import Foundation
import Subprocess
import Synchronization
import ThrowawayPostgres

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// A running program, as an operator runs it: from the outside, by its lines, its signals and its exit.
///
/// It is killed at the end of its scope, and also when this test process is.
package final class ServiceProcess: Sendable {
    package enum Exit: Sendable, Hashable {
        case code(Int32)
        case signal(Int32)
    }

    private struct State {
        var log: Deque<String> = []
        var processID: Int32?
        var exit: Result<Exit, any Error>?
    }

    /// Lines that nobody has asked for yet; bounded by the log's own limit.
    private let lines = Mailbox<String>(keeping: logLimit)
    private let state = Mutex(State())
    private let ended = Latch()
    private let name: String

    private static let logLimit = 10_000

    private init(name: String) {
        self.name = name
    }

    /// The `freshet` that was built together with these tests.
    package static var freshet: String { product("freshet") }

    /// An executable that was built together with these tests.
    package static func product(_ name: String) -> String {
        #if os(macOS)
            let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            let products = bundle?.deletingLastPathComponent()
        #else
            let products = Optional(URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent())
        #endif
        return products?.appendingPathComponent(name).path ?? Repository.root + "/.build/debug/\(name)"
    }

    /// Runs a program while `body` runs.
    ///
    /// - Parameter environment: Added to ours, from which everything is taken that would configure Freshet or libpq.
    @discardableResult
    package static func withProcess<Result>(
        _ executable: String = freshet,
        _ arguments: [String],
        environment: [String: String] = [:],
        _ body: (ServiceProcess) async throws -> Result
    ) async throws -> Result {
        let process = ServiceProcess(name: URL(fileURLWithPath: executable).lastPathComponent)
        var task: Task<Void, Never>?
        try await withCheckedThrowingContinuation { started in
            // A task of its own: cancellation must not keep us from seeing it killed.
            task = Task { await process.run(executable, arguments, environment, started) }
        }
        do {
            let result = try await body(process)
            process.kill()
            await task?.value
            return result
        } catch {
            process.kill()
            await task?.value
            throw error
        }
    }

    /// Valid as long as it has not exited.
    package var processID: Int32 { state.withLock { $0.processID ?? 0 } }

    /// The last lines of standard output and standard error, in the order in which they came in.
    package var log: [String] { state.withLock { Array($0.log) } }

    /// The next line of either output; nil after the end.
    package func nextLine(within limit: Duration = patience) async throws -> String? {
        try await withDeadline("a line from \(self.name); it had printed:\n\(self.tail)", within: limit) { [lines] in
            try await lines.next()
        }
    }

    /// The next line that contains `text`; those before it are passed over.
    @discardableResult
    package func line(containing text: String, within limit: Duration = patience) async throws -> String {
        let what = "\(name) to print \(text.debugDescription)"
        return try await withDeadline("\(what); it had printed:\n\(self.tail)", within: limit) { [self] in
            while let line = try await lines.next() {
                if line.contains(text) { return line }
            }
            try await ended.wait()
            throw ServiceEnded(waitedFor: what, exit: try await exit(), tail: tail)
        }
    }

    /// How it has ended, once it has.
    package func exit(within limit: Duration = patience) async throws -> Exit {
        try await ended.wait("\(name) to exit; it had printed:\n\(tail)", within: limit)
        return try state.withLock { try $0.exit?.get() } ?? .code(-1)
    }

    package func terminate() { send(SIGTERM) }
    package func interrupt() { send(SIGINT) }
    package func hangUp() { send(SIGHUP) }
    package func kill() { send(SIGKILL) }
    /// SIGSTOP: it does nothing more until ``thaw()``, and its connections stay open.
    package func freeze() { send(SIGSTOP) }
    package func thaw() { send(SIGCONT) }

    private func send(_ signal: Int32) {
        state.withLock { state in
            guard state.exit == nil, let id = state.processID else { return }
            _ = Foundation.kill(id, signal)
        }
    }

    var tail: String { log.suffix(30).joined(separator: "\n") }

    private func run(
        _ executable: String,
        _ arguments: [String],
        _ environment: [String: String],
        _ started: CheckedContinuation<Void, any Error>
    ) async {
        var hasStarted = false
        do {
            let result = try await Subprocess.run(
                .path(FilePath(executable)),
                arguments: .init(arguments),
                environment: Self.environment(adding: environment),
                input: .none,
                output: .sequence,
                error: .sequence
            ) { execution in
                state.withLock { $0.processID = execution.processIdentifier.value }
                try await withOrphanGuard(of: execution.processIdentifier.value) {
                    // Only now: were we killed before the guard stands, nobody would end it.
                    hasStarted = true
                    started.resume()
                    async let output: Void = self.note(execution.standardOutput)
                    async let error: Void = self.note(execution.standardError)
                    _ = try await (output, error)
                }
            }
            switch result.terminationStatus {
            case .exited(let code): end(.success(.code(code)))
            case .signaled(let signal): end(.success(.signal(signal)))
            }
        } catch {
            if !hasStarted { started.resume(throwing: error) }
            end(.failure(error))
        }
    }

    private func note(_ output: SubprocessOutputSequence) async throws {
        for try await line in output.strings(bufferingPolicy: .maxLineLength(1 << 20)) {
            state.withLock { state in
                if state.log.count == Self.logLimit { state.log.removeFirst() }
                state.log.append(line)
            }
            lines.put(line)
        }
    }

    private func end(_ exit: Result<Exit, any Error>) {
        state.withLock { state in
            state.exit = exit
            state.processID = nil
        }
        lines.finish()
        ended.open()
    }

    /// Which PostgreSQL is under test is no configuration of the service.
    static func isConfiguration(_ name: String) -> Bool {
        name.hasPrefix("PG") || name == "DATABASE_URL"
            || (name.hasPrefix("FRESHET_") && name != ServerBinaries.overrideVariable)
    }

    private static func environment(adding own: [String: String]) -> Environment {
        var changes: [Environment.Key: String?] = [:]
        for name in ProcessInfo.processInfo.environment.keys where isConfiguration(name) {
            changes[.init(stringLiteral: name)] = .some(nil)
        }
        for (name, value) in own { changes[.init(stringLiteral: name)] = value }
        return .inherit.updating(changes)
    }
}
