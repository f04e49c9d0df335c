public import Invalidation
import ServerSentEvents

public import struct Invalidation.Position
public import struct Invalidation.Scope

extension FreshetClient {
    /// What a stream tells its client (CONTRACT.md §5).
    public struct Event: Sendable, Hashable {
        /// What kind of thing it says.
        public enum Kind: Sendable, Hashable {
            /// The first event of a connection: who hears, and of which scopes. `resumed` is false where what was read
            /// before must count as stale.
            case welcome(user: String?, scopes: [Scope], resumed: Bool)

            /// Some tags went stale.
            case invalidate(Change)

            /// Everything counts as stale; nil for a reason that this version does not know.
            case reset(ResetReason?)

            /// The stream ends, and is connected again; nil for a reason that this version does not know.
            case goaway(GoawayReason?)
        }

        /// What it says.
        public let kind: Kind

        /// Where to begin again, for whoever has applied it: everything since is told then. Nil where it says none.
        public let position: Position?

        /// A random part of it may be waited before anything is fetched again, for others were told the same at the same
        /// time. Zero: nobody has to wait.
        ///
        /// Not before something is dropped from a cache: what is stale is stale at once.
        public let spread: Duration

        /// An event of these.
        public init(_ kind: Kind, position: Position? = nil, spread: Duration = .zero) {
            self.kind = kind
            self.position = position
            self.spread = spread
        }

        /// What a cache has to apply; nil where nothing went stale.
        public var change: Change? {
            switch kind {
            case .welcome(_, _, resumed: false): Change(reset: .history)
            case .invalidate(let change): change
            // A reason that is not known is still one.
            case .reset(let reason): Change(reset: reason ?? .gap)
            case .welcome, .goaway: nil
            }
        }

        /// Nil for an event that this version does not know.
        init?(_ event: ServerSentEvent) {
            let fields = EventFields(json: event.data)
            switch event.type {
            case "welcome":
                // What cannot be read has not said that nothing is stale.
                let resumed = fields?.resumed ?? false
                kind = .welcome(user: fields?.user, scopes: fields?.scopes ?? [], resumed: resumed)
            case "invalidate":
                if let fields, let tags = fields.tags {
                    let change = Change(tags: tags, scopes: fields.scopes, xids: fields.xids, origin: fields.origin)
                    kind = .invalidate(change)
                } else {
                    // Something went stale, and what cannot be read: so it may be anything.
                    kind = .reset(nil)
                }
            case "reset": kind = .reset(fields?.reason.flatMap(ResetReason.init))
            case "goaway": kind = .goaway(fields?.reason.flatMap(GoawayReason.init))
            default: return nil
            }
            position = Position(text: event.lastEventID)
            spread = fields?.spread ?? .zero
        }
    }
}
