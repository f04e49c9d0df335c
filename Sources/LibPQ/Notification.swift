/// One NOTIFY as it has arrived.
public struct Notification: Sendable, Hashable {
    public let payload: String
    /// The server process that sent it; one's own is `Connection.backendProcessID`.
    public let senderProcessID: Int32

    public init(payload: String, senderProcessID: Int32) {
        self.payload = payload
        self.senderProcessID = senderProcessID
    }
}
