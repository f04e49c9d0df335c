import NIOHTTP2
import Testing

@testable import HTTPAPI

/// When a connection of HTTP/2 is left, and how (RFC 9113 §6.8).
@Suite struct ConnectionLifeTests {
    private var life = ConnectionLife()

    @Test mutating func `a connection that never had a stream is warned, told, and closed`() {
        #expect(life.handle(.expired) == .warn)
        #expect(life.isEnding)
        #expect(life.handle(.answered) == .close(after: .rootStream))
    }

    @Test mutating func `a stream stops the deadline, and the last one that ends starts it again`() {
        #expect(life.handle(.opened(1)) == .forgetDeadline)
        #expect(life.handle(.opened(3)) == .none)
        #expect(life.handle(.closed) == .none)
        #expect(life.handle(.closed) == .awaitStream)
        #expect(life.handle(.opened(5)) == .forgetDeadline)
    }

    @Test mutating func `a deadline that fires late, after a stream was opened, does nothing`() {
        #expect(life.handle(.opened(1)) == .forgetDeadline)
        #expect(life.handle(.expired) == .none)
        #expect(!life.isEnding)
    }

    @Test mutating func `a shutdown lets streams end and closes with the last`() {
        #expect(life.handle(.opened(1)) == .forgetDeadline)
        #expect(life.handle(.opened(3)) == .none)
        #expect(life.handle(.quiesced) == .warn)
        #expect(life.handle(.closed) == .none)
        #expect(life.handle(.answered) == .leave(after: 3))
        #expect(life.handle(.closed) == .close(after: 3))
    }

    @Test mutating func `a request that crosses the warning is answered`() {
        #expect(life.handle(.quiesced) == .warn)
        #expect(life.handle(.opened(1)) == .none)
        #expect(life.handle(.answered) == .leave(after: 1))
        #expect(life.handle(.closed) == .close(after: 1))
    }

    @Test mutating func `a client that does not answer the warning is told all the same`() {
        #expect(life.handle(.opened(7)) == .forgetDeadline)
        #expect(life.handle(.quiesced) == .warn)
        #expect(life.handle(.closed) == .none)
        #expect(life.handle(.expired) == .close(after: 7))
    }

    @Test mutating func `a second shutdown and a second answer change nothing`() {
        #expect(life.handle(.answered) == .none)
        #expect(life.handle(.opened(1)) == .forgetDeadline)
        #expect(life.handle(.quiesced) == .warn)
        #expect(life.handle(.quiesced) == .none)
        #expect(life.handle(.answered) == .leave(after: 1))
        #expect(life.handle(.answered) == .none)
        #expect(life.handle(.quiesced) == .none)
        #expect(life.handle(.expired) == .none)
    }
}
