import Foundation
package import NIOSSL
import Subprocess

/// A certificate for this machine that nobody but a test trusts, and its key, in a temporary directory.
package struct ThrowawayCertificate: Sendable {
    /// Where the two files lie.
    private let directory: URL

    package var certificate: String { directory.appendingPathComponent("certificate.pem").path }
    package var key: String { directory.appendingPathComponent("key.pem").path }

    /// What `freshet serve` is told.
    package var arguments: [String] { ["--tls-certificate", certificate, "--tls-key", key] }

    /// openssl did not make one.
    package struct NotMade: Error, CustomStringConvertible {
        package let description: String
    }

    /// Makes one, and removes it when `body` has ended.
    @discardableResult
    package static func withCertificate<Result>(_ body: (Self) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("freshet-certificate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let certificate = Self(directory: directory)
        try await certificate.make()
        return try await body(certificate)
    }

    /// Makes another one in its place, with another key.
    package func make() async throws {
        let result = try await Subprocess.run(
            .name("openssl"),
            arguments: [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
                "-out", certificate,
            ],
            output: .discarded,
            error: .string(limit: 65_536)
        )
        guard result.terminationStatus.isSuccess else {
            throw NotMade(description: "openssl made no certificate: \(result.standardError)")
        }
    }

    /// A client that trusts what the file holds now.
    ///
    /// - Parameters:
    ///   - protocols: What it offers to speak (ALPN), the best first.
    ///   - version: The one version of TLS that it knows; nil for all of today's.
    package func trust(_ protocols: [String], version: TLSVersion? = nil) throws -> TLSTrust {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificate))
        configuration.applicationProtocols = protocols
        if let version {
            configuration.minimumTLSVersion = version
            configuration.maximumTLSVersion = version
        }
        return TLSTrust(context: try NIOSSLContext(configuration: configuration))
    }
}
