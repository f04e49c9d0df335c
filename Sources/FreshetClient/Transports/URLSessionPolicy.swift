#if canImport(Darwin)
    import Foundation
    import Security

    /// What a request of ours does where URLSession asks: it follows no redirect, which would take the credential elsewhere,
    /// and trusts whom it was told to.
    final class URLSessionPolicy: NSObject, URLSessionTaskDelegate {
        /// In DER; nil for those that the system trusts.
        private let trustedCertificates: [[UInt8]]?

        init(trustedCertificates: [[UInt8]]?) { self.trustedCertificates = trustedCertificates }

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            willPerformHTTPRedirection response: HTTPURLResponse,
            newRequest request: URLRequest
        ) async -> URLRequest? { nil }

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            didReceive challenge: URLAuthenticationChallenge
        ) async -> (URLSession.AuthChallengeDisposition, URLCredential?) {
            guard let trustedCertificates, let trust = challenge.protectionSpace.serverTrust else {
                return (.performDefaultHandling, nil)
            }
            let anchors = trustedCertificates.compactMap { SecCertificateCreateWithData(nil, Data($0) as CFData) }
            guard SecTrustSetAnchorCertificates(trust, anchors as CFArray) == errSecSuccess,
                SecTrustSetAnchorCertificatesOnly(trust, true) == errSecSuccess,
                SecTrustEvaluateWithError(trust, nil)
            else { return (.cancelAuthenticationChallenge, nil) }
            return (.useCredential, URLCredential(trust: trust))
        }
    }
#endif
