import EventStream

/// Reads a response as bytes come: a head, then an event stream, chunked or not.
///
/// Written from the standards and not from our encoder: lines end in LF, a block ends at an empty line, a chunk is its
/// size in hexadecimal, CRLF, so many bytes, CRLF. Whatever else comes is an error.
struct ResponseReader {
    struct Malformed: Error { let reason: String }

    private let framing: Framing
    private var raw: [UInt8] = []
    private var body: [UInt8] = []
    private(set) var head: String?

    /// Whether the last chunk has come.
    private(set) var hasEnded = false

    init(_ framing: Framing) { self.framing = framing }

    /// - Returns: the events that are complete with these bytes.
    mutating func read(_ bytes: [UInt8]) throws -> [ServerEvent] {
        raw += bytes
        if head == nil {
            guard let end = raw.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return [] }
            head = String(decoding: raw[..<end], as: UTF8.self)
            raw.removeFirst(end)
        }
        switch framing {
        case .untilClose, .body, .frames:
            body += raw
            raw = []
        case .chunked:
            while let chunk = try nextChunk() { body += chunk }
        }
        var events: [ServerEvent] = []
        while let end = body.firstRange(of: Array("\n\n".utf8))?.upperBound {
            events.append(try Self.event(String(decoding: body[..<end], as: UTF8.self)))
            body.removeFirst(end)
        }
        return events
    }

    private mutating func nextChunk() throws -> [UInt8]? {
        guard let line = raw.firstRange(of: Array("\r\n".utf8)) else { return nil }
        if hasEnded { throw Malformed(reason: "bytes after the last chunk") }
        guard let size = Int(String(decoding: raw[..<line.lowerBound], as: UTF8.self), radix: 16) else {
            throw Malformed(reason: "a chunk size was expected")
        }
        let end = line.upperBound + size
        guard raw.count >= end + 2 else { return nil }
        guard raw[end] == 0x0D, raw[end + 1] == 0x0A else { throw Malformed(reason: "a chunk longer than its size") }
        let chunk = Array(raw[line.upperBound..<end])
        raw.removeFirst(end + 2)
        if size == 0 { hasEnded = true }
        return chunk
    }

    private static func event(_ block: String) throws -> ServerEvent {
        var event = ServerEvent()
        for line in block.split(separator: "\n") {
            guard let colon = line.firstRange(of: ": ") else { throw Malformed(reason: "no field: \(line)") }
            let value = String(line[colon.upperBound...])
            switch line[..<colon.lowerBound] {
            case "event" where event.name == nil: event.name = value
            case "id" where event.id == nil: event.id = value
            case "data" where event.data == nil: event.data = value
            case "retry" where event.retry == nil: event.retry = Int(value)
            default: throw Malformed(reason: "an unknown field, or one twice: \(line)")
            }
        }
        return event
    }
}
