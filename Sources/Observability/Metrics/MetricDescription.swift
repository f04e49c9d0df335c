/// What a metric is, as Prometheus's text says it.
package struct MetricDescription: Sendable {
    package let name: String
    package let kind: MetricKind
    package let help: String

    /// The upper bounds of a histogram's ranges.
    let buckets: [Double]

    init(_ name: String, _ kind: MetricKind, _ help: String, buckets: [Double] = MetricDescription.seconds) {
        self.name = name
        self.kind = kind
        self.help = help
        self.buckets = buckets
    }

    /// From 0.1 ms to 10 s.
    static let seconds = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private static let sizes = [1.0, 2, 5, 10, 20, 50, 100, 200, 500]

    /// Every metric that the service has.
    package static let all = [
        // Streams
        MetricDescription("freshet_streams", .gauge, "Open streams."),
        MetricDescription("freshet_users", .gauge, "Users with an open stream."),
        MetricDescription("freshet_events_total", .counter, "Events written to streams, heartbeats not among them."),
        MetricDescription("freshet_heartbeats_total", .counter, "Heartbeats written to streams."),
        MetricDescription(
            "freshet_written_bytes_total",
            .counter,
            "Bytes of events and heartbeats written to streams."
        ),
        MetricDescription(
            "freshet_resets_total",
            .counter,
            "Events by which a client was told to refetch all, by reason."
        ),
        MetricDescription("freshet_goaways_total", .counter, "Streams that the service ended, by reason."),
        MetricDescription(
            "freshet_merged_total",
            .counter,
            "Invalidations that waited for a stream which could not be written to, merged with what waited before."
        ),
        MetricDescription(
            "freshet_delivery_seconds",
            .histogram,
            "From an invalidation's arrival here until the last stream that hears it was written to."
        ),
        MetricDescription("freshet_operator_pages", .gauge, "Operator's pages that are open, which cost a little."),
        // History
        MetricDescription(
            "freshet_history_entries",
            .gauge,
            "Invalidations kept in memory for clients that come back."
        ),
        MetricDescription("freshet_history_bytes", .gauge, "Bytes that they take."),
        MetricDescription(
            "freshet_history_span_transactions",
            .gauge,
            "How many transaction ids lie between the oldest position that can be resumed and the newest."
        ),
        // Controls
        MetricDescription("freshet_paused", .gauge, "1 while deliveries are held by an administrator."),
        MetricDescription("freshet_disabled_tags", .gauge, "Tags whose deliveries an administrator has stopped."),
        // Listener
        MetricDescription(
            "freshet_listener_state",
            .gauge,
            "1 for the state that the listener is in, 0 for the others."
        ),
        MetricDescription("freshet_listener_reconnects_total", .counter, "Connections that the listener has lost."),
        MetricDescription("freshet_invalidations_total", .counter, "Invalidations heard from the database."),
        MetricDescription(
            "freshet_notifications_skipped_total",
            .counter,
            "Notifications that could not be read, by what is wrong with them."
        ),
        MetricDescription("freshet_polled_rows_total", .counter, "Rows of the log that polls have read."),
        MetricDescription(
            "freshet_round_trip_seconds",
            .histogram,
            "From sending the heartbeat's statement until its notification came back: commit and NOTIFY of the database."
        ),
        MetricDescription(
            "freshet_position_age_seconds",
            .gauge,
            "How long ago the position was last confirmed by a heartbeat; grows while the listener has no connection."
        ),
        // Sessions
        MetricDescription("freshet_sessions", .gauge, "Sessions with an open stream."),
        MetricDescription("freshet_sessions_reachable", .gauge, "1 while the database answers session lookups."),
        MetricDescription(
            "freshet_session_lookup_seconds",
            .histogram,
            "How long a round trip for session lookups took."
        ),
        MetricDescription(
            "freshet_session_lookup_size",
            .histogram,
            "Sessions looked up in one round trip.",
            buckets: sizes
        ),
        MetricDescription("freshet_session_failures_total", .counter, "Session lookups that failed, by kind."),
        // Requests
        MetricDescription("freshet_refused_requests_total", .counter, "Requests that were refused, by status."),
        // Database
        MetricDescription("freshet_log_rows", .gauge, "Rows of the log, as the database estimates them."),
        MetricDescription(
            "freshet_notify_queue_usage_ratio",
            .gauge,
            "How full the database's NOTIFY queue is, 0 to 1."
        ),
        MetricDescription(
            "freshet_notify_lock_waiters",
            .gauge,
            "Transactions that wait for the lock which lets one that notifies commit at a time."
        ),
        MetricDescription("freshet_notify_lock_wait_seconds", .gauge, "How long the longest of them has waited."),
        MetricDescription(
            "freshet_oldest_listener_transaction_seconds",
            .gauge,
            "Age of the oldest transaction in this database that may hold the NOTIFY queue back, as far as the role sees."
        ),
        MetricDescription("freshet_database_reachable", .gauge, "1 where the figures of the database are fresh."),
        // Process
        MetricDescription("freshet_event_loop_delay_seconds", .histogram, "How late an event loop came to a timer."),
        MetricDescription("process_resident_memory_bytes", .gauge, "Resident memory."),
        MetricDescription("process_open_fds", .gauge, "Open file descriptors."),
        MetricDescription("process_max_fds", .gauge, "The most file descriptors that may be open."),
        MetricDescription("process_cpu_seconds_total", .counter, "Processor time, of user and system."),
        MetricDescription("process_start_time_seconds", .gauge, "When the process began, in seconds since 1970."),
        MetricDescription("freshet_build_info", .gauge, "1, with the version as a label."),
    ]
}

package enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}
