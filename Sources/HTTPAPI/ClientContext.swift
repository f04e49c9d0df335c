package import Hummingbird
import NIOCore

/// What a route knows of a request beside what it says: who sent it.
package struct ClientContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let peer: SocketAddress?

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress
    }
}
