import NIOCore
import NIOPosix

/// So many visitors at a time, each followed by the next; it lives on one event loop.
final class Crowd {
    private let visits: [Visit]
    private let cycles: Int
    private let port: Int
    private let loop: any EventLoop
    private let say: (String) -> Void
    private let done: EventLoopPromise<[String]>

    private var begun = 0
    private var ended = 0
    private var underWay: [Int: Visit] = [:]
    private var findings: [String] = []

    init(_ visits: [Visit], cycles: Int, port: Int, loop: any EventLoop, _ say: @escaping (String) -> Void) {
        self.visits = visits
        self.cycles = cycles
        self.port = port
        self.loop = loop
        self.say = say
        done = loop.makePromise()
    }

    /// - Returns: what was wrong with any visit.
    func start(_ width: Int, within limit: TimeAmount) -> EventLoopFuture<[String]> {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let timer = loop.scheduleTask(in: limit) {
            let crowd = bound.value
            crowd.done.succeed(crowd.findings + ["these did not end: \(crowd.underWay.values.map(\.description))"])
        }
        for _ in 0..<width { next() }
        return done.futureResult.always { _ in timer.cancel() }
    }

    private func next() {
        guard begun < cycles else { return }
        let number = begun
        begun += 1
        underWay[number] = visits[number % visits.count]
        connect(number)
    }

    private func connect(_ number: Int) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let isEnded = loop.makePromise(of: String?.self)
        ClientBootstrap(group: loop)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let visitor = Visitor(bound.value.visits[number % bound.value.visits.count]) { isEnded.succeed($0) }
                    try channel.pipeline.syncOperations.addHandler(visitor)
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .whenFailure { isEnded.fail($0) }
        isEnded.futureResult.whenComplete { result in bound.value.end(number, result) }
    }

    private func end(_ number: Int, _ result: Result<String?, any Error>) {
        switch result {
        case .success(let finding?): note(finding)
        case .success(nil): break
        case .failure(let error as NIOConnectionError) where error.isShortOfPorts:
            // The ports of those that came before are not free again yet.
            loop.scheduleTask(in: .milliseconds(100)) { [bound = NIOLoopBound(self, eventLoop: loop)] in
                bound.value.connect(number)
            }
            return
        case .failure(let error): note("\(visits[number % visits.count]): \(error)")
        }
        underWay[number] = nil
        ended += 1
        if ended % max(cycles / 20, 1) == 0 { say("\(ended) of \(cycles) connections have come and gone") }
        if ended == cycles { done.succeed(findings) } else { next() }
    }

    private func note(_ finding: String) {
        if findings.count < Report.mostFindings { findings.append(finding) }
    }
}

extension NIOConnectionError {
    fileprivate var isShortOfPorts: Bool {
        connectionErrors.contains { ($0.error as? IOError)?.errnoCode == EADDRNOTAVAIL }
    }
}
