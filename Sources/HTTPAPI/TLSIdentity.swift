package import Foundation
import NIOSSL
import Synchronization

/// The certificate that new connections are shown.
package final class TLSIdentity: Sendable {
    package let files: TLSFiles
    private let current: Mutex<(context: NIOSSLContext, validUntil: Date)>

    package init(_ files: TLSFiles) throws(TLSFailure) {
        self.files = files
        current = Mutex(try files.read())
    }

    var context: NIOSSLContext { current.withLock { $0.context } }

    /// Until when clients accept it.
    package var validUntil: Date { current.withLock { $0.validUntil } }

    /// Reads the files again. Connections that are open keep what they have; where it fails, so do new ones.
    package func reload() throws(TLSFailure) {
        let new = try files.read()
        current.withLock { $0 = new }
    }
}
