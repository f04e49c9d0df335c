import Logging
import NIOCore

/// What every connection of the main port needs to become what its client asks for; shared by all of them.
final class ConnectionSetup: Sendable {
    let gate: StreamGate
    let descriptors: DescriptorLimit

    /// What connections are encrypted with; nil where they are plain.
    let tls: TLSIdentity?
    private let requests: RequestChannel
    private let logger: Logger
    private let onRequests: @Sendable (RequestChannel.Value) -> Void

    /// The most bytes that the fields of one request may have, in either version of HTTP.
    static let headerListLimit = 64 * 1_024

    /// The most bytes of a body that a request for a stream may have; nobody reads them.
    static let ignoredBody = 65_536

    /// - Parameter onRequests: given each channel that has been asked its first ordinary request.
    init(
        gate: StreamGate,
        descriptors: DescriptorLimit,
        tls: TLSIdentity?,
        requests: RequestChannel,
        logger: Logger,
        onRequests: @escaping @Sendable (RequestChannel.Value) -> Void
    ) {
        self.gate = gate
        self.descriptors = descriptors
        self.tls = tls
        self.requests = requests
        self.logger = logger
        self.onRequests = onRequests
    }

    /// Adds Hummingbird to the end of a pipeline that reads and writes requests and responses, and starts its task.
    func addRequests(to channel: any Channel) throws { onRequests(try requests.add(to: channel, logger: logger)) }
}
