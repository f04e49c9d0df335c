import EventStream
import Hummingbird
import Invalidation
import NIOCore
import ServiceLifecycle
import Synchronization

/// One stream that has been granted and is counted, and goes out as the body of a response of another server.
///
/// What was granted is given back once: when the stream has ended, or when nobody holds this any more because the response
/// never came to its body.
final class MountedStream: Sendable {
    private let session: LiveSession
    private let target: StreamTarget
    private let hub: Hub
    private let release: @Sendable (LiveSession) -> Void
    private let hasBegun = Atomic(false)

    init(
        _ session: LiveSession,
        _ target: StreamTarget,
        hub: Hub,
        release: @escaping @Sendable (LiveSession) -> Void
    ) {
        self.session = session
        self.target = target
        self.hub = hub
        self.release = release
    }

    deinit {
        guard !hasBegun.load(ordering: .relaxed) else { return }
        hub.census.leave(session.session?.userID)
        release(session)
    }

    /// Writes the stream until it ends or its client goes.
    ///
    /// - Throws: where the response is to be broken off.
    func write(to writer: any ResponseBodyWriter, answering request: Request, noticesEnd: Bool) async throws {
        guard !hasBegun.exchange(true, ordering: .relaxed) else { return }
        let outlet = hub.open(
            StreamRequest(
                session: session,
                filter: target.filter,
                resume: target.resume,
                framing: .body,
                head: ByteBuffer()
            )
        ) { [session, release] in release(session) }
        // Whatever ends the response ends the stream.
        defer { outlet.close() }
        try await withGracefulShutdownHandler {
            try await OpenEndedResponse.write(to: writer, answering: request, noticesEnd: noticesEnd) {
                await outlet.closed()
            } _: { writer in
                while let bytes = await outlet.next() { try await writer.write(bytes) }
                guard !outlet.isBroken else { throw OpenEndedResponse.Broken() }
                try await writer.finish(nil)
            }
        } onGracefulShutdown: {
            outlet.shutDown()
        }
    }
}
