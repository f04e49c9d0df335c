/// The origin of a page as a browser writes it: scheme, host, and a port where it is not the scheme's own (RFC 6454 §6.1).
public struct WebOrigin: Sendable, Hashable, CustomStringConvertible {
    /// As it was given, `https://app.example.com`.
    public let description: String

    /// - Returns: nil for what no browser sends: with a path, a wildcard, or no host.
    public init?(_ text: String) {
        guard let separator = text.firstRange(of: "://"), separator.lowerBound > text.startIndex else { return nil }
        let authority = text[separator.upperBound...]
        guard !authority.isEmpty, !authority.contains(where: { "/?#@ *".contains($0) }) else { return nil }
        description = text
    }
}
