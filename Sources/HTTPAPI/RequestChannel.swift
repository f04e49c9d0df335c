import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// A channel that carries ordinary requests, a connection of HTTP/1.1 or a stream of HTTP/2: what Hummingbird needs behind the HTTP decoder, and its router.
struct RequestChannel: HTTPChannelHandler {
    struct Value: ServerChildChannelValue {
        let requests: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

        var channel: any Channel { requests.channel }
    }

    let responder: Responder

    /// How long a connection may be idle between requests, and may take to send its first head.
    static let patience = Duration.seconds(60)

    init<Context: RequestContext>(_ router: some HTTPResponder<Context>, logger: Logger)
    where Context.Source == ApplicationRequestContextSource {
        responder = { request, writer, channel in
            var logger = logger
            logger[metadataKey: "request"] = .stringConvertible(RequestID())
            let context = Context(source: .init(channel: channel, logger: logger))
            // Every error of a route has become a response in `ProblemMiddleware`.
            var response = try await router.respond(to: request, context: context)
            response.headers[.date] = HTTPDate.now
            try await response.body.write(writer.writeHead(response.head))
        }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture { try add(to: channel, logger: logger) }
    }

    /// Adds the handlers to a pipeline that reads and writes requests and responses already.
    func add(to channel: any Channel, logger: Logger) throws -> Value {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: Self.patience, logger: logger))
        return Value(
            requests: try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
        )
    }

    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value.requests, logger: logger)
    }
}
