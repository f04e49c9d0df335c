/// One NOTIFY as it has arrived.
public struct Notification: Sendable, Hashable {
    /// Up to 7,999 bytes (PostgreSQL manual, NOTIFY); empty where the command gave none. Any login may have sent it.
    public let payload: String
    /// The server process that sent it; one's own is `Connection.backendProcessID`.
    public let senderProcessID: Int32

    package init(payload: String, senderProcessID: Int32) {
        self.payload = payload
        self.senderProcessID = senderProcessID
    }
}
