import Foundation
import HTTPAPI
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the certificate again at each SIGHUP, which would end the process otherwise.
struct CertificateService: Service {
    /// Nil where the port is plain.
    let identity: TLSIdentity?
    let logger: Logger

    func run() async throws {
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        await cancelWhenGracefulShutdown {
            for await _ in hangups { reload() }
        }
    }

    private func reload() {
        guard let identity else {
            logger.notice("SIGHUP does nothing: without --tls-certificate there is no certificate to read again.")
            return
        }
        do throws(TLSFailure) {
            try identity.reload()
            Self.tell(of: identity, "The certificate was read again; new connections are shown it.", logger)
        } catch {
            logger.error(
                "The certificate was not read again, and new connections are shown the old one.",
                metadata: ["error": "\(error)"]
            )
        }
    }

    /// Says which certificate is in use, and louder where no client will accept it.
    static func tell(of identity: TLSIdentity, _ message: Logger.Message, _ logger: Logger) {
        let metadata: Logger.Metadata = [
            "certificate": "\(identity.files.certificate)",
            "valid-until": "\(identity.validUntil.formatted(.iso8601))",
        ]
        logger.info(message, metadata: metadata)
        guard identity.validUntil < Date() else { return }
        logger.warning("The certificate has expired: clients refuse it.", metadata: metadata)
    }
}
