import HTTPTypes
import NIOCore
import Testing

@testable import HTTPAPI

/// Who asked, where proxies stand between.
@Suite struct TrustedProxiesTests {
    private func client(_ peer: String, _ forwarded: String..., trusting: [String]) throws -> ClientAddress? {
        var fields = HTTPFields()
        let name = try #require(HTTPField.Name("X-Forwarded-For"))
        for value in forwarded { fields.append(HTTPField(name: name, value: value)) }
        let peer = try SocketAddress(ipAddress: peer, port: 4_000)
        return try TrustedProxies(trusting).client(of: peer, fields)
    }

    @Test func `without a trusted proxy the peer is who asked, whatever it says`() throws {
        #expect(try client("203.0.113.7", "198.51.100.1", trusting: []) == ClientAddress("203.0.113.7"))
        #expect(try client("203.0.113.7", "198.51.100.1", trusting: ["10.0.0.0/8"]) == ClientAddress("203.0.113.7"))
    }

    @Test func `of what trusted proxies say the last that is none of them counts`() throws {
        let trusted = ["127.0.0.1", "10.0.0.0/8", "::1"]
        #expect(try client("127.0.0.1", "198.51.100.1", trusting: trusted) == ClientAddress("198.51.100.1"))
        #expect(
            try client("::1", "1.2.3.4, 198.51.100.1 ,10.9.9.9", trusting: trusted) == ClientAddress("198.51.100.1")
        )
        // Two fields are one list (RFC 9110 §5.3).
        #expect(try client("127.0.0.1", "1.2.3.4", "198.51.100.1", trusting: trusted) == ClientAddress("198.51.100.1"))
        #expect(try client("127.0.0.1", "10.1.1.1", trusting: trusted) == ClientAddress("10.1.1.1"))
    }

    @Test func `what is no address is not believed, and nothing is believed that stands before it`() throws {
        for forwarded in ["unknown", "", "198.51.100.1, _hidden", "198.51.100.1, 1.2.3.4:80"] {
            #expect(try client("127.0.0.1", forwarded, trusting: ["127.0.0.1"]) == ClientAddress("127.0.0.1"))
        }
        #expect(try client("127.0.0.1", trusting: ["127.0.0.1"]) == ClientAddress("127.0.0.1"))
    }

    @Test func `an address of IPv6 counts by its network, one of IPv4 is the same in both forms`() throws {
        #expect(ClientAddress("2001:db8:1:2::1") == ClientAddress("2001:db8:1:2:ffff::9"))
        #expect(ClientAddress("2001:db8:1:2::1") != ClientAddress("2001:db8:1:3::1"))
        #expect(ClientAddress("::ffff:192.0.2.1") == ClientAddress("192.0.2.1"))
        #expect(ClientAddress("192.0.2.1") != ClientAddress("192.0.2.2"))
        #expect(ClientAddress("fe80::1%eth0") == ClientAddress("fe80::2"))
        #expect(ClientAddress("localhost") == nil)
    }

    @Test(arguments: ["", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0/8", "10.0.0.0/8/8"])
    func `what is no network is refused`(text: String) throws {
        #expect(throws: TrustedProxies.NotAnAddress.self) { try TrustedProxies([text]) }
    }

    @Test func `a network holds what begins as it does`() throws {
        #expect(try client("10.255.0.1", "1.1.1.1", trusting: ["10.0.0.0/8"]) == ClientAddress("1.1.1.1"))
        #expect(try client("11.0.0.1", "1.1.1.1", trusting: ["10.0.0.0/8"]) == ClientAddress("11.0.0.1"))
        #expect(try client("192.168.4.9", "1.1.1.1", trusting: ["192.168.4.8/31"]) == ClientAddress("1.1.1.1"))
        #expect(try client("192.168.4.10", "1.1.1.1", trusting: ["192.168.4.8/31"]) == ClientAddress("192.168.4.10"))
        #expect(try client("8.8.8.8", "1.1.1.1", trusting: ["0.0.0.0/0"]) == ClientAddress("1.1.1.1"))
        #expect(try client("2001:db8::1", "1.1.1.1", trusting: ["2001:db8::/32"]) == ClientAddress("1.1.1.1"))
    }
}

@Suite struct FailureLimitTests {
    private let start = NIODeadline.now()

    @Test func `an address that fails too often waits for the end of the minute`() throws {
        let limit = FailureLimit(3)
        let (one, other) = (try #require(ClientAddress("192.0.2.1")), try #require(ClientAddress("192.0.2.2")))
        #expect(limit.isQuiet)
        for _ in 0..<3 {
            #expect(limit.wait(one, now: start) == nil)
            limit.note(one, now: start)
        }
        #expect(!limit.isQuiet)
        #expect(try #require(limit.wait(one, now: start + .seconds(20))) <= 40)
        #expect(limit.wait(other, now: start) == nil)
        #expect(limit.wait(one, now: start + .seconds(61)) == nil)
    }

    @Test func `zero is no limit`() throws {
        let limit = FailureLimit(0)
        let one = try #require(ClientAddress("192.0.2.1"))
        for _ in 0..<1_000 { limit.note(one, now: start) }
        #expect(limit.isQuiet)
    }
}
