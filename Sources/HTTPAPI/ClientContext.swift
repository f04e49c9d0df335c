package import Hummingbird
package import Logging
package import NIOCore

/// What a route knows of a request beside what it says: who sent it.
package struct ClientContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let peer: SocketAddress?

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress
    }
}
