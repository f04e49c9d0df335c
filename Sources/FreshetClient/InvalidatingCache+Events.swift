public import Invalidation

public import struct Invalidation.Position

extension InvalidatingCache {
    /// Drops what the event says is stale. It does not wait for the event's spread.
    public func apply(_ event: FreshetClient.Event) {
        if let change = event.change { apply(change) }
    }

    /// Applies whatever the client is told, until the task is cancelled or the service refuses.
    ///
    /// While there is no connection the cache is told nothing, and serves what it has; what went stale meanwhile is dropped
    /// as soon as there is one again. Who would rather load anew than serve that iterates the client's events, and calls
    /// `removeAll()` whenever its state is `waiting`.
    ///
    /// - Throws: a ``FreshetClient/FreshetClient/Refusal``, or `CancellationError`. Everything is dropped then, since nobody
    ///   will say any more what is stale.
    public func follow(_ client: FreshetClient) async throws {
        defer { removeAll() }
        for try await event in client.events() { apply(event) }
    }
}
