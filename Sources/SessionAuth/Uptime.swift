/// The time by which sessions end: what no operator and no time server sets.
///
/// The database says how long a session has still to go, by its own clock, which is the one that let the session in. So a
/// service whose clock is wrong ends nobody's stream, and keeps none.
package enum Uptime {
    private static let origin = ContinuousClock.now

    /// Seconds since some moment in this process.
    package static var now: Double { (ContinuousClock.now - origin) / .seconds(1) }
}
