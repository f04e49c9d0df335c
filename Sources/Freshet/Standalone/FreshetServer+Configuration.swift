import HTTPAPI
import Invalidation
import SessionAuth

extension FreshetServer {
    /// What may be set of the service; the defaults are those of CONTRACT.md §7.
    public struct Configuration: Sendable {
        /// The certificate of the port and its private key, files in PEM, those that signed it after it.
        public struct Certificate: Sendable {
            /// The certificate's file.
            public var certificate: String

            /// The key's file, without a passphrase.
            public var key: String

            /// Two files that were made together.
            public init(certificate: String, key: String) {
                self.certificate = certificate
                self.key = key
            }
        }

        /// The address to listen on.
        public var host = "127.0.0.1"

        /// The port to listen on; 0 takes a free one.
        public var port = 8_080

        /// A port of its own for health and metrics; nil: they are on `port`.
        public var adminPort: Int?

        /// With it the port speaks HTTPS alone; read again at SIGHUP. Nil: the port is plain.
        public var certificate: Certificate?

        /// What may be set of the streams.
        public var streams = Freshet.Configuration()

        /// The cookies that may hold a session's token; the first that is present counts.
        public var cookies = ["freshet_session"]

        /// How a token is read before it is looked up.
        public var tokens = TokenVerification.plain

        /// Whether a client without a credential hears `global`.
        public var allowsAnonymous = false

        /// How many credentials that are none an address may come with in a minute before it is answered 429; 0 is no limit.
        public var failuresPerMinute = 300

        /// The proxies whose `X-Forwarded-For` is believed.
        public var trustedProxies: [TrustedProxy] = []

        /// The defaults.
        public init() {}
    }
}

extension FreshetServer.Configuration {
    /// - Throws: the first setting that cannot be meant so.
    func access() throws(FreshetError) -> CredentialAccess {
        guard failuresPerMinute >= 0 else { throw FreshetError("failuresPerMinute must be 0 or more.") }
        guard !cookies.isEmpty else { throw FreshetError("cookies must name at least one.") }
        let proxies: TrustedProxies
        do throws(TrustedProxies.NotAnAddress) {
            proxies = try TrustedProxies(trustedProxies.map(\.description))
        } catch {
            throw FreshetError(
                "'\(error.text)' is no address of a proxy: write 127.0.0.1, ::1, or a network such as 10.0.0.0/8."
            )
        }
        return CredentialAccess(
            cookies: cookies,
            decodesCookies: !tokens.reader.isForwarded,
            allowsAnonymous: allowsAnonymous,
            failuresPerMinute: failuresPerMinute,
            trustedProxies: proxies
        )
    }
}
