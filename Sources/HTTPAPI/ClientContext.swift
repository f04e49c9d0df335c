package import Hummingbird
import NIOCore

/// What a route knows of a request beside what it says: who sent it.
package struct ClientContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let peer: SocketAddress?

    /// What the response goes out on: a connection, or a stream of one.
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        peer = channel.remoteAddress
    }
}
