import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix

/// Why a stream was not had, or was lost, where asking again may help.
enum StreamFailure: Error, CustomStringConvertible {
    case status(UInt)
    case connection(url: String, reason: String)

    init(_ error: any Error, url: String) {
        switch error {
        case let error as StreamFailure:
            self = error
        case let error as NIOConnectionError:
            let reason = error.connectionErrors.first.map { Self.reason($0.error) }
            self = .connection(
                url: url,
                reason: reason ?? (error.dnsAError ?? error.dnsAAAAError).map { _ in
                    "the name \(error.host) is not known"
                }
                    ?? "\(error)"
            )
        default:
            self = .connection(url: url, reason: Self.reason(error))
        }
    }

    var description: String {
        switch self {
        case .status(let status): "The service cannot answer for now (\(status))"
        case .connection(let url, let reason): "No stream from \(url): \(reason)"
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
