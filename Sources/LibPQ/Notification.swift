/// One NOTIFY as it has arrived.
package struct Notification: Sendable, Hashable {
    package let payload: String
    /// The server process that sent it; one's own is `Connection.backendProcessID`.
    package let senderProcessID: Int32

    package init(payload: String, senderProcessID: Int32) {
        self.payload = payload
        self.senderProcessID = senderProcessID
    }
}
