extension Connection {
    /// Listens to a channel while `body` runs.
    ///
    /// Up to `limit` notifications are held for `body`; one more drops them all, and the next element says so. The
    /// socket is read whether or not `body` takes them. Statements may run on this connection meanwhile. In a transaction
    /// that is open, LISTEN takes effect when it commits.
    public nonisolated(nonsending) func withNotifications<R>(
        on channel: String,
        limit: Int,
        _ body: (Notifications) async throws -> R
    ) async throws -> R {
        let mailbox = Mailbox(limit: limit)
        await subscribe(mailbox, channel)
        do {
            try await execute("listen \(channel.quotedIdentifier)")
            let result = try await body(Notifications(mailbox: mailbox))
            await unsubscribe(mailbox, channel)
            return result
        } catch {
            await unsubscribe(mailbox, channel)
            throw error
        }
    }

    /// Before LISTEN is sent: the first notification can come with its answer.
    private func subscribe(_ mailbox: Mailbox, _ channel: String) {
        if let ending { mailbox.close(ending) }
        subscriptions.add(mailbox, channel: channel)
    }

    /// Does not wait for UNLISTEN: on a connection that is stuck it would never be answered. Where the queue is too full
    /// for it, the channel's notifications go on to come, and are dropped.
    private func unsubscribe(_ mailbox: Mailbox, _ channel: String) {
        mailbox.close(.closed)
        guard subscriptions.remove(mailbox, channel: channel), ending == nil else { return }
        submit(
            Request(
                ticket: Request.Ticket(),
                command: .script("unlisten \(channel.quotedIdentifier)"),
                continuation: nil
            )
        )
    }
}
