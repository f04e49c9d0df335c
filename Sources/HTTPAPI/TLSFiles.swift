import Foundation
import NIOCore
import NIOSSL

/// Where a certificate with those that signed it, and its private key, are kept, in PEM.
package struct TLSFiles: Sendable {
    package let certificate: String
    package let key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// What both hold now. It reads from the disk, so not on an event loop.
    func read() throws(TLSFailure) -> (context: NIOSSLContext, validUntil: Date) {
        let chain = try certificates()
        let configuration = configuration(chain, try privateKey())
        do {
            return (try NIOSSLContext(configuration: configuration), Self.end(of: chain))
        } catch NIOSSLError.failedToLoadPrivateKey {
            // By itself it was read before.
            throw .mismatch(certificate: certificate, key: key)
        } catch {
            throw .unusable(certificate: certificate, reason: "\(error)")
        }
    }

    private func configuration(_ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        // What else TLS 1.2 has is forbidden to HTTP/2 (RFC 9113 §9.2.2); TLS 1.3 has nothing else.
        configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
        configuration.applicationProtocols = ["h2", "http/1.1"]
        // A client that does not answer the end of TLS must not hold a shutdown up.
        configuration.shutdownTimeout = .seconds(1)
        return configuration
    }

    private func certificates() throws(TLSFailure) -> [NIOSSLCertificate] {
        let bytes = try Self.bytes(of: certificate)
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(bytes), !chain.isEmpty else {
            throw .noCertificate(file: certificate)
        }
        return chain
    }

    private func privateKey() throws(TLSFailure) -> NIOSSLPrivateKey {
        let bytes = try Self.bytes(of: key)
        // Nobody is there to be asked for a passphrase.
        let noPassphrase: NIOSSLPassphraseCallback<[UInt8]> = { $0([]) }
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem, passphraseCallback: noPassphrase) else {
            throw .noKey(file: key)
        }
        return key
    }

    private static func bytes(of file: String) throws(TLSFailure) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            throw .unreadable(file: file, reason: "there is no such file")
        } catch let error as CocoaError where error.code == .fileReadNoPermission {
            throw .unreadable(file: file, reason: "permission is denied")
        } catch {
            throw .unreadable(file: file, reason: "it is no file with bytes in it")
        }
    }

    /// The moment from which on no client accepts the chain.
    private static func end(of chain: [NIOSSLCertificate]) -> Date {
        Date(timeIntervalSince1970: TimeInterval(chain.map(\.notValidAfter).min() ?? 0))
    }
}
