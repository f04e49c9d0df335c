/// Why a certificate and its key cannot be used.
package enum TLSFailure: Error, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case noCertificate(file: String)
    case noKey(file: String)
    case mismatch(certificate: String, key: String)
    case unusable(certificate: String, reason: String)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file) cannot be read: \(reason); name a file that this user may read."
        case .noCertificate(let file):
            "\(file) holds no certificate in PEM: it has to begin with -----BEGIN CERTIFICATE-----."
        case .noKey(let file):
            "\(file) holds no private key in PEM that can be used without a passphrase."
        case .mismatch(let certificate, let key):
            "The key in \(key) does not belong to the first certificate in \(certificate): name the two that were made "
                + "together, the server's own certificate before those that signed it."
        case .unusable(let certificate, let reason):
            "The certificate in \(certificate) cannot be used: \(reason)."
        }
    }
}
