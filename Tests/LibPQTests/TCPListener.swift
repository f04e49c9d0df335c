import Foundation

struct SystemCallFailure: Error {
    let call: String
    let code: Int32
}

/// A TCP socket on a free port of the loopback that listens; nobody accepts unless told to.
///
/// The kernel completes the handshake for a client all the same: a server that is there and says nothing.
final class TCPListener: Sendable {
    let descriptor: Int32
    let port: Int

    init() throws {
        let descriptor = Self.makeSocket()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = unsafe Self.withAddress(port: 0) { address in
            let isListening = unsafe bind(descriptor, address, length) == 0 && listen(descriptor, 64) == 0
            return unsafe isListening && getsockname(descriptor, address, &length) == 0
        }
        guard let port else {
            defer { close(descriptor) }
            throw SystemCallFailure(call: "bind", code: errno)
        }
        self.descriptor = descriptor
        self.port = port
    }

    deinit {
        close(descriptor)
    }

    /// A connection to a port of the loopback.
    static func connect(port: Int) throws -> Int32 {
        let descriptor = makeSocket()
        let connected = unsafe withAddress(port: port) { address in
            unsafe Foundation.connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
        guard connected != nil else {
            defer { close(descriptor) }
            throw SystemCallFailure(call: "connect", code: errno)
        }
        return descriptor
    }

    private static func makeSocket() -> Int32 {
        #if canImport(Darwin)
            socket(AF_INET, SOCK_STREAM, 0)
        #else
            socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
    }

    /// The port that the address has afterwards, or nil where `body` fails.
    private static func withAddress(port: Int, _ body: (UnsafeMutablePointer<sockaddr>) -> Bool) -> Int? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isDone = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
        return isDone ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }
}
