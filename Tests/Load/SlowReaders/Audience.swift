import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// All the readers of a run, on one event loop: one thread is as much as the load may take of a machine with two
/// processors.
final class Audience {
    let loop: any EventLoop
    private let port: Int
    private let token: String
    private let instant: (Int) -> ContinuousClock.Instant?

    private(set) var readers: [Reader] = []
    var vocabulary = Vocabulary()

    /// Of the quick ones, since it was last taken.
    private var latencies = Latencies()
    private var dripping: RepeatedTask?

    /// - Parameter instant: when the invalidation of this number was sent.
    init(loop: any EventLoop, port: Int, token: String, instant: @escaping (Int) -> ContinuousClock.Instant?) {
        self.loop = loop
        self.port = port
        self.token = token
        self.instant = instant
    }

    // MARK: Coming

    /// Succeeds when all are connected and have sent their request.
    func add(_ count: Int, _ pace: Reader.Pace) -> EventLoopFuture<Void> {
        let new = (0..<count).map { index in
            // Every second slow one hears so little that it is told all of it; the others come to a `reset`.
            Reader(pace, group: pace == .slow && index % 2 == 0 ? index / 2 % Publisher.groups : nil, audience: self)
        }
        readers += new
        if pace == .slow { drip() }
        return .andAllSucceed(new.map { connect($0) }, on: loop)
    }

    @discardableResult
    func connect(_ reader: Reader) -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(reader, eventLoop: loop)
        var bootstrap = ClientBootstrap(group: loop)
        if reader.pace == .slow, dripping != nil {
            // The kernel keeps as much for a stream as twenty segments take: with loopback's large ones that would be
            // megabytes, and the service would never notice that nobody reads.
            let segment = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: TCP_MAXSEG))
            bootstrap = bootstrap.channelOption(segment, value: 536)
                .channelOption(.socketOption(.so_rcvbuf), value: 1)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 1))
                .channelOption(.maxMessagesPerRead, value: 1)
                .channelOption(.autoRead, value: false)
        }
        return bootstrap.channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
        }.connect(host: "127.0.0.1", port: port).map { _ in }
    }

    func request(of reader: Reader) -> ByteBuffer {
        var text = "GET \(LoadedService.stream)"
        if let group = reader.group { text += "?tags=n/\(group)" }
        text += " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n"
        if let id = reader.lastID { text += "Last-Event-ID: \(id)\r\n" }
        return ByteBuffer(string: text + "\r\n")
    }

    // MARK: Reading

    func note(_ numbers: [Int]) {
        let now = ContinuousClock.now
        for number in numbers {
            if let sent = instant(number) { latencies.add(now - sent) }
        }
    }

    func takeLatencies() -> Latencies {
        defer { latencies = Latencies() }
        return latencies
    }

    /// Lets each slow reader take one byte, every second.
    private func drip() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        dripping = loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            for reader in bound.value.readers where reader.pace == .slow { reader.channel?.read() }
        }
    }

    /// From now on the slow ones read as fast as they can.
    func letGo() {
        dripping?.cancel()
        dripping = nil
        for case let channel? in readers.filter({ $0.pace == .slow }).map(\.channel) {
            _ = channel.setOption(.socketOption(.so_rcvbuf), value: 1 << 18)
            _ = channel.setOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator())
            _ = channel.setOption(.maxMessagesPerRead, value: 16)
            _ = channel.setOption(.autoRead, value: true)
        }
    }

    /// Waits until each reader of this pace has an id that promises everything below `horizon`.
    ///
    /// - Returns: when that is so, or the time is up; who has not come so far by then is found by its account.
    func catchUp(_ pace: Reader.Pace, to horizon: UInt64) -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let timer = loop.scheduleTask(in: .seconds(60)) {
            for reader in bound.value.readers { reader.giveUp(CancellationError()) }
        }
        let arrivals = readers.filter { $0.pace == pace }.map { $0.read(upTo: horizon) }
        return EventLoopFuture.whenAllComplete(arrivals, on: loop).map { _ in timer.cancel() }
    }

    func leave() {
        dripping?.cancel()
        for reader in readers { reader.channel?.close(promise: nil) }
    }
}

extension NIOLoopBound<Audience> {
    func ask<Answer: Sendable>(_ question: @escaping @Sendable (Audience) -> Answer) async throws -> Answer {
        try await eventLoop.submit { question(value) }.get()
    }

    func wait(_ question: @escaping @Sendable (Audience) -> EventLoopFuture<Void>) async throws {
        try await eventLoop.flatSubmit { question(value) }.get()
    }
}
