import EventStream
import NIOCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One client's connection, read by one task.
final class StreamConnection {
    private let channel: any Channel
    private var bytes: AsyncStream<[UInt8]>.Iterator
    private var reader = ResponseReader(.chunked)
    private var events: [ServerEvent] = []

    init(_ channel: any Channel, _ bytes: AsyncStream<[UInt8]>) {
        self.channel = channel
        self.bytes = bytes.makeAsyncIterator()
    }

    /// The next event, or nil at the end; a heartbeat is none.
    func next() async throws -> ServerEvent? {
        while true {
            while events.isEmpty {
                guard let more = await bytes.next() else { return nil }
                events = try reader.read(more)
            }
            let event = events.removeFirst()
            if event.name != nil { return event }
        }
    }

    /// The transactions told, in order, up to the event that has this id.
    func xids(until id: String) async throws -> [UInt64] {
        var xids: [UInt64] = []
        while let event = try await next() {
            for match in (event.data ?? "").matches(of: /"(\d+)"/) { xids += UInt64(match.1).map { [$0] } ?? [] }
            if event.id == id { break }
        }
        return xids
    }

    func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

    func close() async throws { try await channel.close() }

    /// Closes with RST: the server's next write fails.
    func reset() async throws {
        try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close()
    }
}
