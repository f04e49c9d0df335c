import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// A program that is run to its end, without the `PG*` variables of whoever started us.
///
/// Those variables name somebody's real database; nothing here may ever reach it by accident.
struct Command: Sendable {
    let executable: Executable
    let arguments: [String]

    /// A name is looked for in `PATH`; anything with a slash is a path.
    init(_ program: String, _ arguments: [String]) {
        executable = program.contains("/") ? .path(.init(program)) : .name(program)
        self.arguments = arguments
    }

    struct Failure: Error {
        let output: String
    }

    /// Standard output without its last line break; throws what the program printed when it fails.
    ///
    /// Everything goes through nameless files and nothing through pipes: Subprocess 1.0 traps when a program ends before
    /// it has read all of its input, and of many programs at once it now and then never sees that an output has ended.
    func output(input: String = "") async throws -> String {
        let (output, errors) = (try Self.file(), try Self.file())
        defer {
            try? output.close()
            try? errors.close()
        }
        let result = try await run(
            executable,
            arguments: .init(arguments),
            environment: Self.environment,
            input: .fileDescriptor(try Self.file(of: input), closeAfterSpawningProcess: true),
            output: .fileDescriptor(output, closeAfterSpawningProcess: false),
            error: .fileDescriptor(errors, closeAfterSpawningProcess: false)
        )
        guard result.terminationStatus.isSuccess else { throw Failure(output: try Self.text(of: errors)) }
        return try Self.text(of: output)
    }

    private static func file(of text: String = "") throws -> FileDescriptor {
        let path = FilePath(NSTemporaryDirectory()).appending("freshet-\(UUID().uuidString)")
        let file = try FileDescriptor.open(
            path,
            .readWrite,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        do {
            try FileManager.default.removeItem(atPath: path.string)
            try file.writeAll(text.utf8)
            try file.seek(offset: 0, from: .start)
            return file
        } catch {
            try? file.close()
            throw error
        }
    }

    private static func text(of file: FileDescriptor) throws -> String {
        try file.seek(offset: 0, from: .start)
        let handle = FileHandle(fileDescriptor: file.rawValue, closeOnDealloc: false)
        return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self).trimmingSuffix(while: \.isNewline)
    }

    /// English messages, since some are looked into, and no `PG*`.
    static var environment: Environment {
        var changes: [Environment.Key: String?] = ["LC_ALL": "C", "LANGUAGE": nil]
        for name in ProcessInfo.processInfo.environment.keys where name.hasPrefix("PG") {
            changes[.init(stringLiteral: name)] = .some(nil)
        }
        return .inherit.updating(changes)
    }
}

extension String {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> String {
        guard let last = lastIndex(where: { !matches($0) }) else { return "" }
        return String(self[...last])
    }
}
