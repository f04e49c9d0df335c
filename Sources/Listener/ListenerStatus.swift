/// What the listener is doing, as `status` and the health routes tell it.
package struct ListenerStatus: Sendable, Hashable {
    package enum Phase: String, Sendable, CaseIterable {
        /// There is no connection, or none that is known to work.
        case connecting

        /// Connected and listening; what was missed is being read.
        case catchingUp = "catching up"

        /// The heartbeat has made its round trip within three intervals.
        case live
    }

    package var phase = Phase.connecting

    /// How long the latest heartbeat took from the statement to its notification, in milliseconds.
    package var roundTripMilliseconds: Double?

    /// When a heartbeat last came back; nil before the first.
    package var confirmed: ContinuousClock.Instant?

    /// Whether the log is polled, as it was last seen.
    package var isPolling = false

    /// Rows of the log that polls have read since the start, and at most at once.
    package var polledRows = 0
    package var largestPoll = 0

    /// How many connections have been lost since the start.
    package var reconnects = 0

    /// Payloads that were skipped, by kind of fault.
    package var badPayloads: [String: Int] = [:]
}
