#if canImport(Darwin)
    public import Foundation

    /// URLSession as a transport.
    public final class URLSessionTransport: StreamTransport {
        private let session: URLSession
        private let policy: URLSessionPolicy

        /// What answered is not HTTP, or nothing could be asked at that address.
        private struct NotHTTP: Error, CustomStringConvertible {
            var description: String { "it does not speak HTTP" }
        }

        /// A transport with a session of its own, without caches and cookies.
        ///
        /// - Parameter trustedCertificates: who may vouch for a service at `https`, in DER; nil for those that the system
        ///   trusts.
        public init(trustedCertificates: [[UInt8]]? = nil) {
            let configuration = URLSessionConfiguration.ephemeral
            configuration.requestCachePolicy = .reloadIgnoringLocalAndRemoteCacheData
            configuration.urlCache = nil
            configuration.httpCookieStorage = nil
            configuration.httpShouldSetCookies = false
            // The client of the stream knows how long it is silent; the session's own limits are a minute and a week.
            configuration.timeoutIntervalForRequest = 24 * 60 * 60
            configuration.timeoutIntervalForResource = .greatestFiniteMagnitude
            session = URLSession(configuration: configuration)
            policy = URLSessionPolicy(trustedCertificates: trustedCertificates)
        }

        /// A transport on a session of the caller's, who decides whom it trusts; its limits of time count.
        public init(session: URLSession) {
            self.session = session
            policy = URLSessionPolicy(trustedCertificates: nil)
        }

        /// Sends the request.
        public func connect(_ request: TransportRequest) async throws -> TransportResponse {
            guard let url = URL(string: request.url) else { throw NotHTTP() }
            var sent = URLRequest(url: url, timeoutInterval: session.configuration.timeoutIntervalForRequest)
            for (name, value) in request.fields { sent.setValue(value, forHTTPHeaderField: name) }
            let (bytes, response) = try await session.bytes(for: sent, delegate: policy)
            guard let response = response as? HTTPURLResponse else {
                bytes.task.cancel()
                throw NotHTTP()
            }
            let fields = response.allHeaderFields.map { (name: "\($0.key)", value: "\($0.value)") }
            return TransportResponse(status: response.statusCode, fields: fields, body: URLSessionBody(bytes))
        }
    }
#endif
