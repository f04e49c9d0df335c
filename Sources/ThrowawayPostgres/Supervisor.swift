import Subprocess
import Synchronization

#if canImport(Darwin)
    import Darwin
    import System
#else
    import Glibc
    import SystemPackage
#endif

/// The running shell that owns one cluster; see ``supervisorScript``.
///
/// It runs in a task of its own, outside the caller's: cancellation would kill the shell before it has cleaned up.
final class Supervisor: Sendable {
    private let replies = Mutex(Replies())
    private let commands: AsyncStream<String>.Continuation
    private let process: Mutex<Task<Void, Never>?> = .init(nil)

    private init(commands: AsyncStream<String>.Continuation) {
        self.commands = commands
    }

    /// Starts the shell; gives it and the directory that it has made.
    static func launch(binaries: ServerBinaries) async throws -> (supervisor: Supervisor, directory: String) {
        // A command to a shell that is gone has to be an error, not our end.
        signal(SIGPIPE, SIG_IGN)
        let user = try await UnprivilegedUser.resolve()
        let (stream, commands) = AsyncStream.makeStream(of: String.self)
        let supervisor = Supervisor(commands: commands)
        let directory = try await supervisor.reply(to: 0, step: "make its directory") {
            let process = Task { await supervisor.watch(binaries: binaries, user: user, commands: stream) }
            supervisor.process.withLock { $0 = process }
        }
        return (supervisor, directory)
    }

    /// Sends a command and waits until it is done. `step` completes the sentence "could not …".
    @discardableResult
    func perform(_ command: String, step: String) async throws -> String {
        let number = replies.withLock { $0.next() }
        return try await reply(to: number, step: step) { commands.yield("\(number) \(command)\n") }
    }

    /// Ends the shell, and returns when server and directory are gone.
    func finish() async {
        commands.finish()
        await process.withLock { $0 }?.value
    }

    private func reply(to number: Int, step: String, after action: () -> Void) async throws -> String {
        try await withCheckedThrowingContinuation { waiter in
            switch replies.withLock({ $0.register(number, step: step, waiter) }) {
            case .waiting: action()
            case .ended(let error): waiter.resume(throwing: error)
            }
        }
    }

    private func watch(binaries: ServerBinaries, user: UnprivilegedUser, commands: AsyncStream<String>) async {
        // What it says about itself is in its replies; that it ended too early is told to whoever waits for one.
        _ = try? await run(
            .path("/bin/sh"),
            arguments: .init(
                ["-c", directoryScript, "freshet-postgres", supervisorScript, binaries.directory] + user.arguments
            ),
            environment: Command.environment,
            workingDirectory: "/",
            platformOptions: Self.platformOptions,
            input: .inputWriter,
            output: .sequence,
            error: .discarded
        ) { execution in
            let input = execution.standardInputWriter
            async let sent: Void = {
                for await command in commands { _ = try await input.write(command) }
                try await input.finish()
            }()
            for try await line in execution.standardOutput.strings() { self.receive(line) }
            try await sent
        }
        for (waiter, error) in replies.withLock({ $0.end() }) { waiter.resume(throwing: error) }
    }

    /// In a session of its own, so that a Ctrl-C at the terminal does not take the server from under us.
    private static var platformOptions: PlatformOptions {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(60))
        ]
        return options
    }

    private func receive(_ line: String) {
        guard let (waiter, result) = replies.withLock({ $0.handle(line: line) }) else { return }
        waiter.resume(with: result)
    }
}
