/// What the service's connections need, whatever an administrator has set for the role or the database: a limit that suits
/// web requests would end a listener that waits, and a transaction that may not write could not begin a timeline.
package enum SessionParameters {
    package static let patient = [
        "statement_timeout": "0", "lock_timeout": "0", "transaction_timeout": "0", "idle_session_timeout": "0",
        "idle_in_transaction_session_timeout": "0", "default_transaction_isolation": "read committed",
        "default_transaction_read_only": "off",
    ]

    /// For what somebody waits for.
    package static let prompt = patient.merging(["statement_timeout": "5s"]) { $1 }
}
