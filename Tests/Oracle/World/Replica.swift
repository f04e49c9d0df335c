import Foundation
import Synchronization
import TestSupport

/// One `freshet serve`, which is started again whenever it has ended.
final class Replica: Sendable {
    private struct State {
        var process: ServiceProcess?
        /// Ends that the oracle caused.
        var isKilled = false
        var isStopping = false
        var restartAfter: Duration = .zero
        var crashes: [String] = []
        var starts = 0
    }

    let name: String
    let port: Int
    private let arguments: [String]
    private let environment: [String: String]
    private let state = Mutex(State())

    init(_ name: String, port: Int, arguments: [String], environment: [String: String]) {
        self.name = name
        self.port = port
        self.arguments = arguments
        self.environment = environment
    }

    /// Runs it until it is told to stop, or the task is cancelled.
    func run() async {
        while !Task.isCancelled, !state.withLock(\.isStopping) {
            do {
                try await ServiceProcess.withProcess(
                    ServiceProcess.freshet,
                    ["serve", "--port", "\(port)"] + arguments,
                    environment: environment
                ) { process in
                    state.withLock { state in
                        state.process = process
                        state.isKilled = false
                        state.starts += 1
                    }
                    let exit = try await process.exit(within: .seconds(1_000_000))
                    note(exit, process)
                }
            } catch {
                if !Task.isCancelled { state.withLock { $0.crashes.append("replica \(name): \(error)") } }
            }
            let pause = state.withLock { state in
                state.process = nil
                return state.restartAfter
            }
            try? await Task.sleep(for: pause)
        }
    }

    private func note(_ exit: ServiceProcess.Exit, _ process: ServiceProcess) {
        state.withLock { state in
            if state.isKilled || (state.isStopping && exit == .code(0)) { return }
            let tail = process.log.suffix(25).joined(separator: "\n    ")
            state.crashes.append("replica \(name) ended by itself (\(exit)); it had printed:\n    \(tail)")
            state.restartAfter = .seconds(1)
        }
    }

    /// SIGKILL; it is started again after a while.
    func kill(for pause: Duration) {
        let process = state.withLock { state in
            state.isKilled = true
            state.restartAfter = pause
            return state.process
        }
        process?.kill()
    }

    func freeze() { state.withLock(\.process)?.freeze() }

    func thaw() { state.withLock(\.process)?.thaw() }

    /// SIGTERM, which it has to obey within ten seconds (CONTRACT.md §7).
    func stop() async {
        let process = state.withLock { state in
            state.isStopping = true
            return state.process
        }
        process?.terminate()
        do {
            _ = try await process?.exit(within: .seconds(20))
        } catch {
            state.withLock { $0.crashes.append("replica \(name) did not stop on SIGTERM: \(error)") }
        }
    }

    /// How often it was started, and the process that runs now.
    var starts: Int { state.withLock(\.starts) }
    var processID: Int32? { state.withLock(\.process)?.processID }
    var log: [String] { state.withLock(\.process)?.log ?? [] }

    func takeCrashes() -> [String] {
        state.withLock { state in
            defer { state.crashes = [] }
            return state.crashes
        }
    }
}
