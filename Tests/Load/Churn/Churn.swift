import NIOCore
import NIOPosix
import TestSupport

/// Connections that come and are broken off at every stage, after which the service holds what it held before.
package struct Churn: Sendable {
    package var cycles: Int
    package var service: String

    /// How many connections there are at a time.
    private static let width = 32

    /// What the memory may differ by, in kilobytes, however many cycles there were: the allocator's own ups and downs.
    private static let allowance = 8 * 1024

    /// Threads that the system's queues make and end as they like.
    private static let comingAndGoing = 4

    package init(cycles: Int, service: String = ServiceProcess.freshet) {
        self.cycles = cycles
        self.service = service
    }

    /// - Parameter say: is told now and then how it goes.
    package func run(_ say: @escaping @Sendable (String) -> Void = { _ in }) async throws -> Report {
        try await LoadedService.withService(
            service,
            ["--max-streams-per-user", "1000000", "--max-failures-per-minute", "0"]
        ) { service in
            let visits = Visit.all(token: try await service.token("visitor"))
            var report = Report()
            // What is made at first use and kept (pools, tables at their full size) is no growth.
            report.findings += try await crowd(visits, cycles: max(cycles / 10, 1_000), at: service, say)
            let before = try await service.wait(forStreams: 0)
            let began = ContinuousClock.now
            report.findings += try await crowd(visits, cycles: cycles, at: service, say)
            report.lines.append("\(cycles) cycles of \(visits.count) kinds in \(ContinuousClock.now - began)")
            do {
                let after = try await service.wait(forStreams: 0) { now in
                    guard let before, let now else { return true }
                    return now.descriptors <= before.descriptors && now.threads <= before.threads + Self.comingAndGoing
                        && now.kilobytes <= before.kilobytes + Self.allowance
                }
                if let before, let after {
                    let more = after.kilobytes - before.kilobytes
                    report.lines.append("before: \(before); after: \(after), \(more) KB more")
                }
            } catch let failure as DeadlineExceeded {
                report.findings.append("\(failure); before them it had \(before.map { "\($0)" } ?? "no figures")")
            }
            return report
        }
    }

    private func crowd(
        _ visits: [Visit],
        cycles: Int,
        at service: LoadedService,
        _ say: @escaping @Sendable (String) -> Void
    ) async throws -> [String] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let limit = TimeAmount.seconds(120) + .milliseconds(20) * cycles
        return try await loop.flatSubmit {
            let crowd = Crowd(visits, cycles: cycles, port: service.port, loop: loop, say)
            return crowd.start(Self.width, within: limit)
        }.get()
    }
}
