import CLibPQ

/// Owns one `PGcancel`: what is needed to ask the server to stop what a connection runs. Any thread may use it.
@safe final class CancelHandle: @unchecked Sendable {
    private let cancel: OpaquePointer

    init?(_ connection: ConnectionHandle) {
        guard let cancel = unsafe PQgetCancel(connection.connection) else { return nil }
        unsafe self.cancel = unsafe cancel
    }

    deinit {
        unsafe PQfreeCancel(cancel)
    }

    /// Connects to the server a second time, asks, and waits until the server has hung up: blocks for a round trip, and
    /// for longer where nobody answers. Returns why it could not be done, or nil.
    func send() -> String? {
        let size = 256
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
            unsafe buffer.initialize(repeating: 0)
            let sent = unsafe PQcancel(cancel, buffer.baseAddress, Int32(size)) == 1
            return sent ? nil : unsafe oneLine(buffer.baseAddress)
        }
    }
}
