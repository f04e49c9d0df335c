import HTTPAPI

/// A proxy, or a network of them, whose `X-Forwarded-For` is believed.
public struct TrustedProxy: Sendable, Hashable, CustomStringConvertible {
    /// As it was given.
    public let description: String

    /// - Parameter text: an address, `127.0.0.1` or `::1`, or a network, `10.0.0.0/8`.
    /// - Returns: nil for what is neither.
    public init?(_ text: String) {
        guard (try? TrustedProxies([text])) != nil else { return nil }
        description = text
    }
}
