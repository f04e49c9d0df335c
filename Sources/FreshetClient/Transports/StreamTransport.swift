/// How a client speaks HTTP. The client decides what to ask and when; a transport carries one request at a time.
///
/// A transport follows no redirect, keeps no cookies, and sets no limit to how long a response may take.
public protocol StreamTransport: Sendable {
    /// Sends a GET request and gives the response once its head is there, whatever its status.
    ///
    /// Cancelling the task ends the attempt. What it throws is tried again; its description, a part of a sentence such as
    /// "connection refused", is what those are shown who show the state.
    func connect(_ request: TransportRequest) async throws -> TransportResponse
}
