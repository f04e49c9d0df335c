/// What has arrived since the batch before.
public enum NotificationBatch: Sendable, Hashable {
    /// At least one, in the order in which they were committed.
    case notifications([Notification])
    /// More arrived than may be held. All of them are gone, up to the moment this was taken.
    case overflow
}
