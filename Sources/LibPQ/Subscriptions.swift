/// Who listens to which channel on one connection.
struct Subscriptions {
    private struct Subscription {
        let channel: ContiguousArray<CChar>
        let mailbox: Mailbox
        var arrived: [Notification] = []
    }

    private var subscriptions: [Subscription] = []

    mutating func add(_ mailbox: Mailbox, channel: String) {
        subscriptions.append(Subscription(channel: channel.utf8CString, mailbox: mailbox))
    }

    /// Whether that was the last one of its channel.
    mutating func remove(_ mailbox: Mailbox, channel: String) -> Bool {
        subscriptions.removeAll { $0.mailbox === mailbox }
        let channel = channel.utf8CString
        return !subscriptions.contains { $0.channel == channel }
    }

    /// Delivers all that libpq has read, one batch a subscription.
    mutating func deliver(from connection: ConnectionHandle) {
        unsafe connection.takeNotifications { channel, sender, payload in
            for index in subscriptions.indices where unsafe isEqual(subscriptions[index].channel, channel) {
                let notification = unsafe Notification(payload: String(cString: payload), senderProcessID: sender)
                subscriptions[index].arrived.append(notification)
            }
        }
        for index in subscriptions.indices where !subscriptions[index].arrived.isEmpty {
            subscriptions[index].mailbox.put(subscriptions[index].arrived)
            subscriptions[index].arrived = []
        }
    }

    mutating func close(_ error: PostgresError) {
        for subscription in subscriptions { subscription.mailbox.close(error) }
        subscriptions = []
    }
}

private func isEqual(_ a: ContiguousArray<CChar>, _ b: UnsafePointer<CChar>) -> Bool {
    for (index, character) in a.enumerated() where unsafe b[index] != character { return false }
    return true
}
