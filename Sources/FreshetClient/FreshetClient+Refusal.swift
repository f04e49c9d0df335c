import Invalidation

extension FreshetClient {
    /// Why a service does not stream to us, and that it is of no use to ask again.
    public struct Refusal: Error, Sendable, Hashable {
        /// What HTTP says; 200 where something answered that is no event stream.
        public let status: Int

        /// What the service says about it itself: the member `detail` of a problem (RFC 9457).
        public let detail: String?

        /// The route that was asked.
        public let url: String

        /// One that is not told by a service: ``Credential/bearer(asked:)`` may end a sequence with it.
        public init(status: Int, detail: String? = nil, url: String = "") {
            self.status = status
            self.detail = detail
            self.url = url
        }

        /// The member `detail` of a problem.
        static func detail(problem json: [UInt8]) -> String? {
            var detail: String?
            var scanner = JSONScanner(json)
            do throws(JSONScanner.Failure) {
                try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
                    if case "detail" = name, scanner.isAtString {
                        detail = try scanner.string()
                    } else {
                        try scanner.skipValue()
                    }
                }
            } catch {
                return nil
            }
            return detail
        }
    }
}

extension FreshetClient.Refusal: CustomStringConvertible {
    /// What happened, and what to do.
    public var description: String {
        switch status {
        case 200..<300: "What answers at \(url) is no event stream: is it the address of a Freshet service?"
        case 401:
            "The service does not know this credential, or its session has ended or was revoked (401): sign in anew."
        case 403: "The service refuses this client (403): \(detail ?? "it gives no reason.")"
        case 404: "There is no stream at \(url) (404): give the service's address with its base path."
        case 429: "This user has too many open streams (429): close one, or raise --max-streams-per-user there."
        default: "The service refuses the request (\(status)): \(detail ?? "it gives no reason.")"
        }
    }
}
