package import Invalidation
package import NIOCore

/// A request for a stream that has passed every check: all that the hub needs to begin it.
package struct StreamRequest: Sendable {
    /// Where the client says that it was.
    package enum Resume: Sendable, Hashable {
        /// It gave no position.
        case none
        case position(Position)

        /// It gave something that is no position of ours: a `reset`, not an error.
        case unknown

        /// The position that the client came with, if it is one.
        package var position: Position? {
            if case .position(let position) = self { position } else { nil }
        }
    }

    package let session: LiveSession
    package let filter: TagFilter?
    package let resume: Resume
    package let framing: Framing

    /// Whether the connection carries bytes as they are written: no TLS, no frames.
    package let isPlain: Bool

    /// The response's status line and header fields, ready to be written.
    package let head: ByteBuffer

    package init(
        session: LiveSession,
        filter: TagFilter?,
        resume: Resume,
        framing: Framing,
        isPlain: Bool = false,
        head: ByteBuffer
    ) {
        self.session = session
        self.filter = filter
        self.resume = resume
        self.framing = framing
        self.isPlain = isPlain
        self.head = head
    }
}
