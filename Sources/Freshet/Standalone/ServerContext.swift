public import Hummingbird
public import NIOCore

/// What a route of a ``FreshetServer`` knows of a request beside what it says: who sent it.
public struct ServerContext: RemoteAddressRequestContext {
    /// What Hummingbird keeps of every request.
    public var coreContext: CoreRequestContextStorage

    /// The other end of the connection, which may be a proxy's.
    public let remoteAddress: SocketAddress?

    /// The context of a request that came on a channel.
    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
