#if os(Linux)
    public import AsyncHTTPClient
    import NIOCore
    import NIOHTTP1
    public import NIOSSL

    /// AsyncHTTPClient as a transport, over HTTP/1.1.
    public final class AsyncHTTPTransport: StreamTransport {
        private let client: HTTPClient
        private let isOurs: Bool

        /// A transport with a client of its own, which is shut down when nobody holds the transport any more.
        ///
        /// - Parameter trustedCertificates: who may vouch for a service at `https`; nil for those that the system trusts.
        public init(trustedCertificates: [NIOSSLCertificate]? = nil) {
            var configuration = HTTPClient.Configuration(
                redirectConfiguration: .disallow,
                timeout: .init(connect: .seconds(10))
            )
            configuration.httpVersion = .http1Only
            if let trustedCertificates {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .certificates(trustedCertificates)
                configuration.tlsConfiguration = tls
            }
            // The client of the stream tries again, and says so.
            configuration.connectionPool.retryConnectionEstablishment = false
            client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            isOurs = true
        }

        /// A transport on a client that somebody else makes and shuts down.
        ///
        /// Its configuration counts: it should follow no redirects, which would take the credential elsewhere, and have no
        /// limit of time for reading.
        public init(client: HTTPClient) {
            self.client = client
            isOurs = false
        }

        deinit {
            // It holds itself until that is done.
            if isOurs { client.shutdown { _ in } }
        }

        /// Sends the request; an error says in a few words why there is no connection.
        public func connect(_ request: TransportRequest) async throws -> TransportResponse {
            var sent = HTTPClientRequest(url: request.url)
            for (name, value) in request.fields { sent.headers.add(name: name, value: value) }
            do {
                let response = try await client.execute(sent, deadline: .distantFuture)
                return TransportResponse(
                    status: Int(response.status.code),
                    fields: response.headers.map { (name: $0.name, value: $0.value) },
                    body: AsyncHTTPBody(response.body)
                )
            } catch {
                throw AsyncHTTPFailure(error)
            }
        }
    }
#endif
