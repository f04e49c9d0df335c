/// What comes after the head of a response, for one reader at a time.
///
/// It reads no further than a reader asks, but for what its sockets buffer; so a slow reader slows the service down, which
/// merges what that one has yet to be told (CONTRACT.md §5).
public protocol TransportBody: Sendable {
    /// The next bytes as they come; nil after the end.
    ///
    /// Cancelling the task, and ``close()``, end the waiting.
    func next() async throws -> [UInt8]?

    /// Closes the connection at once. Further calls do nothing.
    func close()
}
