#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The time of day as PostgreSQL's timestamps have it.
package enum UnixTime {
    /// Seconds since 1970.
    package static var now: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
