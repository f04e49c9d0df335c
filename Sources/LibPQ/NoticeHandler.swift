import CLibPQ

/// Receives what libpq would print to stderr.
///
/// The server's last words come this way too: libpq takes an error that arrives while no statement runs for a notice.
@safe final class NoticeHandler {
    private let handler: @Sendable (ServerMessage) -> Void

    /// What the server said when it ended the connection.
    private(set) var lastWords: ServerMessage?

    init(_ handler: @escaping @Sendable (ServerMessage) -> Void) {
        self.handler = handler
    }

    /// Registers this object, which must live as long as the `PGconn` does.
    @unsafe func install(on connection: OpaquePointer) {
        let receiver: PQnoticeReceiver = { context, result in
            guard let context = unsafe context, let result = unsafe result else { return }
            let handler = unsafe Unmanaged<NoticeHandler>.fromOpaque(context).takeUnretainedValue()
            if let message = unsafe ServerMessage(result) { handler.receive(message) }
        }
        unsafe PQsetNoticeReceiver(connection, receiver, Unmanaged.passUnretained(self).toOpaque())
    }

    private func receive(_ message: ServerMessage) {
        if message.isFatal {
            lastWords = message
        } else {
            handler(message)
        }
    }
}
