/// Reads the event stream format (WHATWG HTML §9.2.6) from bytes that come in pieces of any size.
///
/// One parser reads one response. What an unfinished block at its end has said does not count, as the standard demands;
/// the parser of the next response begins with this one's ``lastEventID``.
package struct EventStreamParser: Sendable {
    /// What a client that reconnects now sends as `Last-Event-ID`; empty: it sends none.
    package private(set) var lastEventID: String

    private let lineLimit: Int
    private let eventLimit: Int

    private var line: [UInt8] = []
    private var isFirstLine = true
    private var lastWasCarriageReturn = false

    private var type: [UInt8] = []
    private var data: [UInt8] = []
    private var id: String?

    /// - Parameters:
    ///   - lineLimit: the longest line that is read, in bytes; a longer one fails the stream.
    ///   - eventLimit: the most bytes of data that the lines of one event may have together.
    package init(lastEventID: String = "", lineLimit: Int = 1 << 20, eventLimit: Int = 4 << 20) {
        self.lastEventID = lastEventID
        self.lineLimit = lineLimit
        self.eventLimit = eventLimit
    }

    /// Reads the next piece, and gives what it completes, in order.
    ///
    /// After a failure the parser is of no more use: the client ends the response.
    package mutating func consume(_ bytes: some Sequence<UInt8>) throws(EventStreamFailure) -> [EventStreamItem] {
        var items: [EventStreamItem] = []
        for byte in bytes {
            switch byte {
            case 0x0A where lastWasCarriageReturn:
                // The second half of a line end whose first half has ended the line.
                lastWasCarriageReturn = false
            case 0x0A, 0x0D:
                lastWasCarriageReturn = byte == 0x0D
                if let item = try endLine() { items.append(item) }
            default:
                lastWasCarriageReturn = false
                guard line.count < lineLimit else { throw .lineTooLong(limit: lineLimit) }
                line.append(byte)
            }
        }
        return items
    }

    private mutating func endLine() throws(EventStreamFailure) -> EventStreamItem? {
        defer { line.removeAll(keepingCapacity: line.capacity <= 4_096) }
        var content = line[...]
        if isFirstLine {
            isFirstLine = false
            if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
        }
        guard !content.isEmpty else { return endBlock() }
        guard let colon = content.firstIndex(of: UInt8(ascii: ":")) else { return try take(field: content, value: []) }
        guard colon > content.startIndex else { return nil }
        var value = content[(colon + 1)...]
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        return try take(field: content[..<colon], value: value)
    }

    private mutating func take(
        field: ArraySlice<UInt8>,
        value: ArraySlice<UInt8>
    ) throws(EventStreamFailure) -> EventStreamItem? {
        if field.elementsEqual("data".utf8) {
            guard data.count + value.count < eventLimit else { throw .eventTooLong(limit: eventLimit) }
            data.append(contentsOf: value)
            data.append(0x0A)
        } else if field.elementsEqual("event".utf8) {
            type = Array(value)
        } else if field.elementsEqual("id".utf8) {
            if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
        } else if field.elementsEqual("retry".utf8), value.allSatisfy({ (0x30...0x39).contains($0) }) {
            // Digits past the range of Int are as good as none.
            return Int(String(decoding: value, as: UTF8.self)).map { .retry(milliseconds: $0) }
        }
        return nil
    }

    /// A `data` field without a value counts: the standard asks whether the data buffer is empty, and that one has a line
    /// feed in it.
    private mutating func endBlock() -> EventStreamItem? {
        defer {
            type = []
            data = []
            id = nil
        }
        if let id { lastEventID = id }
        guard !data.isEmpty else { return id.map { .lastEventID($0) } }
        return .event(
            ServerSentEvent(
                type: type.isEmpty ? "message" : String(decoding: type, as: UTF8.self),
                data: String(decoding: data.dropLast(), as: UTF8.self),
                lastEventID: lastEventID
            )
        )
    }
}
