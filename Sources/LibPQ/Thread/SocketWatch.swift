/// A socket, what is waited for, and who is told.
struct SocketWatch: Sendable {
    let socket: Int32
    let waitsToRead: Bool
    var waitsToWrite: Bool

    /// Called on the connection's thread each time that what is waited for is so, and where the socket has failed.
    let onReady: @Sendable () -> Void
}
