/// Whoever imports the client has the words in which a stream tells what went stale: `Tag`, `Change`, `InvalidatingCache`.
@_exported public import Invalidation

@_exported public import struct ServerSentEvents.ServerSentEvent
