#if os(Linux)
    import AsyncHTTPClient
    import Foundation
    import NIOCore
    import NIOPosix

    /// Why there is no connection, or no more of it, in a few words.
    struct AsyncHTTPFailure: Error, CustomStringConvertible {
        let description: String

        init(_ error: any Error) {
            switch error {
            case let error as NIOConnectionError:
                let reason = error.connectionErrors.first.map { Self.reason($0.error) }
                let isUnknown = error.dnsAError != nil || error.dnsAAAAError != nil
                description = reason ?? (isUnknown ? "the name \(error.host) is not known" : "\(error)")
            default: description = Self.reason(error)
            }
        }

        private static func reason(_ error: any Error) -> String {
            switch error {
            case let error as HTTPClientError where error == .connectTimeout: "it does not answer"
            case let error as HTTPClientError where error == .readTimeout: "it has gone silent"
            case let error as HTTPClientError where error == .remoteConnectionClosed: "the connection was closed"
            case let error as IOError: unsafe String(cString: strerror(error.errnoCode)).lowercased()
            // BoringSSL's own words name its source files.
            case _ where "\(error)".hasPrefix("handshakeFailed"):
                "the TLS handshake failed: does the server speak TLS, with a certificate that is trusted here?"
            default: "\(error)"
            }
        }
    }
#endif
