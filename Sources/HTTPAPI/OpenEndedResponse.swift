import Hummingbird
import HummingbirdCore
import NIOCore

/// The body of a response that goes on until somebody ends it.
enum OpenEndedResponse {
    /// Somebody has to break the response off: its client does not read, or has gone.
    struct Broken: Error {}

    /// A writer that one task has, and then another. Unchecked, for Hummingbird's writers are not `Sendable`: the child alone uses
    /// it, and the group has waited for the child before the parent goes on.
    private struct Lent: @unchecked Sendable {
        let writer: any ResponseBodyWriter
    }

    /// Writes a body, and breaks it off as soon as the client has gone or `broken` returns. What is thrown then has the server
    /// close the connection.
    ///
    /// - Parameters:
    ///   - request: what is answered. Its body must be the one that came with it: that is where the server tells the client's end.
    ///   - noticesEnd: whether the client's end is looked for; else it shows when something is written.
    ///   - broken: returns when a write that is under way has to be broken off; also at cancellation.
    ///   - body: cancelled then.
    static func write(
        to writer: any ResponseBodyWriter,
        answering request: Request,
        noticesEnd: Bool = true,
        until broken: @escaping @Sendable () async -> Void,
        _ body: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) async throws {
        let (departure, departed) = AsyncStream.makeStream(of: Void.self)
        guard noticesEnd else { return try await race(writer, departure, broken, body) }
        try await request.body.consumeWithInboundCloseHandler { _ in
            try await race(writer, departure, broken, body)
        } onInboundClosed: {
            departed.finish()
        }
    }

    private static func race(
        _ writer: any ResponseBodyWriter,
        _ departure: AsyncStream<Void>,
        _ broken: @escaping @Sendable () async -> Void,
        _ body: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) async throws {
        // A write cannot be broken off by the task that writes. The writer is the child's alone: nobody touches it here until
        // that has ended.
        let lent = Lent(writer: writer)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var writer = lent.writer
                try await body(&writer)
            }
            group.addTask {
                for await _ in departure {}
                throw Broken()
            }
            group.addTask {
                await broken()
                throw Broken()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
