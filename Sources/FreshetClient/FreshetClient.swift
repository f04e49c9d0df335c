public import Logging

public import struct Invalidation.Position
public import struct Invalidation.Tag

/// A client of a Freshet service: tells what goes stale, across whatever ends a connection.
///
///     let client = FreshetClient(url: "https://example.com/api/invalidator", credential: .bearer(token))
///     for try await event in client.events() { await todos.apply(event) }
///
/// It keeps the guarantee (CONTRACT.md §2) from end to end: whoever applies the changes of all events that a sequence
/// gives is told of every committed invalidation in its grants, or told to refetch everything.
///
/// A client is a value without a connection; each iteration of a sequence has one of its own.
public struct FreshetClient: Sendable {
    let url: StreamURL
    let credential: Credential
    let configuration: Configuration
    let transport: any StreamTransport
    let logger: Logger
    var timing = Timing()

    /// - Parameters:
    ///   - url: the service's address with its base path, or that of its route `sse`; it may have a filter of its own
    ///     (``StreamURL/filtered(by:)``).
    ///   - credential: whose stream it is.
    ///   - tags: only invalidations that cover, or are covered by, one of these are told; none: all.
    ///   - configuration: how it behaves where nothing else says so.
    ///   - transport: what speaks HTTP.
    ///   - logger: hears at level `debug` of each change of state, and never of a credential.
    public init(
        url: StreamURL,
        credential: Credential = .none,
        tags: [Tag] = [],
        configuration: Configuration = Configuration(),
        transport: any StreamTransport = FreshetClient.platformTransport(),
        logger: Logger = Logger(label: "freshet.client")
    ) {
        self.url = tags.isEmpty ? url : url.filtered(by: tags)
        self.credential = credential
        self.configuration = configuration
        self.transport = transport
        self.logger = logger
    }

    /// What speaks HTTP on this platform: AsyncHTTPClient on Linux, URLSession on Apple's.
    public static func platformTransport() -> any StreamTransport {
        #if os(Linux)
            AsyncHTTPTransport()
        #else
            URLSessionTransport()
        #endif
    }

    /// What the stream tells, understood.
    ///
    /// - Parameters:
    ///   - position: what was read after it is current; everything since is told. Nil: begin now, with a welcome that is
    ///     not resumed, which makes everything stale that was read before.
    ///   - onStateChange: is called between events, by the task that iterates.
    public func events(
        from position: Position? = nil,
        onStateChange: (@Sendable (State) -> Void)? = nil
    ) -> Events {
        Events(rawEvents: rawEvents(lastEventID: position?.text ?? "", onStateChange: onStateChange))
    }

    /// What the stream tells, as it came: also events that this version does not know.
    ///
    /// - Parameters:
    ///   - lastEventID: where to begin, as a text; empty: now.
    ///   - onStateChange: is called between events, by the task that iterates.
    public func rawEvents(
        lastEventID: String = "",
        onStateChange: (@Sendable (State) -> Void)? = nil
    ) -> RawEvents {
        RawEvents(client: self, lastEventID: lastEventID, onStateChange: onStateChange)
    }
}
