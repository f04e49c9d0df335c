import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Hummingbird's HTTP/1.1 child channel, with the stream route taken out before Hummingbird sees it.
struct FreshetChannel: HTTPChannelHandler {
    typealias Requests = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// An accepted connection. SwiftNIO reads nothing from it before its setup has ended, so what the first request makes
    /// of it is a future: ordinary requests, or nil where the connection became a stream or closed.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let requests: EventLoopFuture<Requests?>
    }

    let gate: StreamGate
    let responder: Responder

    /// How long a connection may be idle between requests, and may take to send a head.
    private static let idle = TimeAmount.seconds(60)

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let requests = channel.eventLoop.makePromise(of: Requests?.self)
            channel.closeFuture.whenComplete { _ in requests.succeed(nil) }
            let pipeline = channel.pipeline.syncOperations
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = 16 * 1_024
            limits.maxHeaderListSize = 64 * 1_024
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)))
            try pipeline.addHandler(
                StreamRouteHandler(gate: gate, patience: Self.idle) { channel in
                    requests.succeed(try Self.addRequestHandlers(to: channel, logger: logger))
                } onStream: {
                    // A stream needs no task: Hummingbird's for this connection ends here.
                    requests.succeed(nil)
                }
            )
            return Value(channel: channel, requests: requests.futureResult)
        }
    }

    func handle(value: Value, logger: Logger) async {
        // The promise is always succeeded: with nil when the channel closes.
        guard let requests = try? await value.requests.get() else { return }
        await handleHTTP(asyncChannel: requests, logger: logger)
    }

    private static func addRequestHandlers(to channel: any Channel, logger: Logger) throws -> Requests {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: .init(idle), logger: logger))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true)
        )
    }
}
