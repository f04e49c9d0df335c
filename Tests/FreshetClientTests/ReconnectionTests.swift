import SeededRandom
import Testing

@testable import FreshetClient

@Suite struct ReconnectionTests {
    private func waits(_ count: Int, _ reconnection: inout Reconnection, seed: UInt64) -> [Duration] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in reconnection.next(using: &random) }
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `no wait is shorter than the server's retry`(_ seed: UInt64) {
        var reconnection = Reconnection()
        reconnection.setRetry(milliseconds: 7_000)
        for wait in waits(20, &reconnection, seed: seed) {
            #expect(wait >= .seconds(7))
            #expect(wait <= .seconds(45))
        }
    }

    @Test func `waits double while attempts fail, up to a cap, and begin anew with a stream`() {
        var reconnection = Reconnection()
        for (step, wait) in zip([1, 2, 4, 8, 16, 30, 30], waits(7, &reconnection, seed: 1)) {
            #expect(wait >= .seconds(step))
            #expect(wait <= .seconds(step) * 1.5)
        }
        reconnection.succeed()
        #expect(waits(1, &reconnection, seed: 1)[0] <= .milliseconds(1_500))
    }

    @Test func `no server can send a client away for ever`() {
        var reconnection = Reconnection()
        reconnection.setRetry(milliseconds: .max)
        #expect(waits(1, &reconnection, seed: 1)[0] <= .seconds(5_400))
    }

    @Test func `a retry of zero does not make a busy loop while attempts fail`() {
        var reconnection = Reconnection()
        reconnection.setRetry(milliseconds: 0)
        #expect(waits(1, &reconnection, seed: 1)[0] >= .milliseconds(100))
    }

    @Test func `what an answer asks for holds once, and not for ever either`() {
        var reconnection = Reconnection()
        var random = SeededRandom(seed: 1)
        let asked = reconnection.next(atLeast: .seconds(60), using: &random)
        #expect(asked >= .seconds(60) && asked <= .seconds(90))
        #expect(waits(1, &reconnection, seed: 1)[0] <= .seconds(3))
        #expect(reconnection.next(atLeast: .seconds(1 << 40), using: &random) <= .seconds(5_400))
    }
}
