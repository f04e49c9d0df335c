package import HTTPTypes

/// Decides whether a page of another site may ask (CONTRACT.md §6; Fetch Metadata, RFC 6454).
///
/// A browser sends cookies along whoever asks, so this comes before any lookup. `Sec-Fetch-Site` is believed first: a
/// page cannot set it. Where it is missing, an `Origin` that is not ours needs to be allowed.
package struct OriginPolicy: Sendable {
    let allowed: Set<String>

    package init(allowed: Set<String>) { self.allowed = allowed }

    /// - Throws: the problem to answer with, where the request comes from a site that may not ask.
    package func check(_ fields: HTTPFields, authority: String?) throws(Problem) {
        let origin = fields[.origin]
        guard origin != "null" else { throw .foreignOrigin }
        if let origin, allowed.contains(origin) { return }
        switch fields[.secFetchSite] {
        case "same-origin", "none": return
        case nil:
            guard let origin, !isOurs(origin, authority: authority) else { return }
            throw .foreignOrigin
        default: throw .foreignOrigin
        }
    }

    /// The fields that let an allowed origin's page read the answer; none for everybody else.
    func corsFields(_ request: HTTPFields) -> HTTPFields {
        guard !allowed.isEmpty else { return [:] }
        // Caches must not give one origin's answer to another, also where this one got no permission.
        var fields: HTTPFields = [.vary: "Origin"]
        if let origin = request[.origin], allowed.contains(origin) {
            fields[.accessControlAllowOrigin] = origin
            fields[.accessControlAllowCredentials] = "true"
        }
        return fields
    }

    /// An origin is ours where its host and port are those that the request was sent to, whatever stands in between.
    private func isOurs(_ origin: String, authority: String?) -> Bool {
        guard let authority, let separator = origin.firstRange(of: "://") else { return false }
        return origin[separator.upperBound...].lowercased() == authority.lowercased()
    }
}

extension HTTPField.Name {
    // Every name here is a token, so none is nil (RFC 9110 §5.6.2).
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .origin
    static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .range
    static let accelBuffering = HTTPField.Name("X-Accel-Buffering") ?? .trailer
}
