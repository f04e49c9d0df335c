import Testing

@testable import LibPQ

@Suite struct RequestQueueTests {
    private func request() -> Request {
        Request(ticket: Request.Ticket(), command: .script(""), continuation: nil)
    }

    @Test func `requests run one at a time, in order`() {
        var queue = RequestQueue(limit: 10)
        let all = (0..<3).map { _ in request() }
        for request in all { _ = queue.append(request) }
        for expected in all {
            let (started, second, finished) = (queue.startNext(), queue.startNext(), queue.finish())
            #expect(started?.ticket === expected.ticket)
            #expect(second?.ticket === nil)
            #expect(finished?.ticket === expected.ticket)
        }
        let (started, finished) = (queue.startNext(), queue.finish())
        #expect(started?.ticket === nil)
        #expect(finished?.ticket === nil)
    }

    @Test func `a full queue takes no more until one has started`() {
        var queue = RequestQueue(limit: 1)
        let before = [queue.append(request()), queue.append(request())]
        _ = queue.startNext()
        let after = [queue.append(request()), queue.append(request())]
        #expect(before == [true, false])
        #expect(after == [true, false])
    }

    @Test func `nothing starts while a cancel request is on its way`() {
        var queue = RequestQueue(limit: 2)
        _ = queue.append(request())
        _ = queue.startNext()
        queue.isCancelling = true
        _ = queue.finish()
        _ = queue.append(request())
        let during = queue.startNext()
        queue.isCancelling = false
        let after = queue.startNext()
        #expect(during?.ticket === nil)
        #expect(after?.ticket !== nil)
    }

    @Test func `a cancellation finds its request wherever it is`() {
        var queue = RequestQueue(limit: 3)
        let all = (0..<3).map { _ in request() }
        for request in all { _ = queue.append(request) }
        _ = queue.startNext()
        guard case .running = queue.cancel(all[0].ticket) else { Issue.record("It runs."); return }
        guard case .removed(let removed) = queue.cancel(all[1].ticket) else { Issue.record("It waits."); return }
        guard case .unknown = queue.cancel(all[1].ticket) else { Issue.record("It is gone."); return }
        let (rest, nothing) = (queue.removeAll(), queue.removeAll())
        #expect(removed.ticket === all[1].ticket)
        #expect(rest.map { ObjectIdentifier($0.ticket) } == [all[0], all[2]].map { ObjectIdentifier($0.ticket) })
        #expect(nothing.isEmpty)
    }
}
