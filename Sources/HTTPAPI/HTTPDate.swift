#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The time as the field `Date` tells it: the IMF-fixdate of RFC 9110 §5.6.7.
enum HTTPDate {
    static var now: String { text(unix: time(nil)) }

    static func text(unix seconds: time_t) -> String {
        var seconds = seconds
        var calendar = unsafe tm()
        unsafe gmtime_r(&seconds, &calendar)
        // The names of days and months are English: nobody here sets the locale of the process.
        return unsafe String(unsafeUninitializedCapacity: 32) { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { text in
                unsafe strftime(text.baseAddress, text.count, "%a, %d %b %Y %H:%M:%S GMT", &calendar)
            }
        }
    }
}
