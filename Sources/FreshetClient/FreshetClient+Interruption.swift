extension FreshetClient {
    /// Why a stream was not had, or was lost, where asking again may help.
    public enum Interruption: Sendable, Hashable, CustomStringConvertible {
        /// The service has ended it, most often after a `goaway`.
        case ended

        /// The service answered with this status: it cannot answer for now, or the user has too many streams (429).
        case unavailable(status: Int)

        /// There was no connection, or it broke; the reason is a part of a sentence.
        case lost(url: String, reason: String)

        /// One sentence without its stop.
        public var description: String {
            switch self {
            case .ended: "The stream has ended"
            case .unavailable(status: 429): "This user has too many open streams (429)"
            case .unavailable(let status): "The service cannot answer for now (\(status))"
            case .lost(let url, let reason): "No stream from \(url): \(reason)"
            }
        }
    }
}
