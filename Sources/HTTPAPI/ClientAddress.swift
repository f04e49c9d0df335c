import NIOCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Whose requests are counted together: an address of IPv4, or a network of IPv6 of 64 bits, which is what one customer is
/// given (RFC 6177 §2).
struct ClientAddress: Sendable, Hashable, CustomStringConvertible {
    /// The whole address; one of IPv4 that is written as IPv6 (RFC 4291 §2.5.5.2) is one of IPv4.
    let bytes: [UInt8]

    init?(_ address: SocketAddress?) {
        guard let text = address?.ipAddress else { return nil }
        self.init(text)
    }

    /// Reads an address as inet_pton(3) does; a zone behind it (RFC 4007 §11) is nobody's business.
    init?(_ text: some StringProtocol) {
        let text = String(text.prefix { $0 != "%" })
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 {
            self.bytes = Array(bytes.prefix(4))
        } else if unsafe inet_pton(AF_INET6, text, &bytes) == 1 {
            self.bytes = bytes.starts(with: Self.mapped) ? Array(bytes.suffix(4)) : bytes
        } else {
            return nil
        }
    }

    private static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    private var counted: ArraySlice<UInt8> { bytes.count == 4 ? bytes[...] : bytes.prefix(8) }

    /// As inet_ntop(3) writes it, shortened to what is counted.
    var description: String {
        bytes.count == 4
            ? bytes.map { "\($0)" }.joined(separator: ".")
            : stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
                .joined(separator: ":") + "::/64"
    }

    static func == (a: ClientAddress, b: ClientAddress) -> Bool { a.counted == b.counted }

    func hash(into hasher: inout Hasher) { hasher.combine(counted) }
}
