/// The event stream format of WHATWG HTML, section 9.2.6, fed with bytes in pieces of any size.
package struct EventStreamParser {
    package private(set) var lastEventID = ""

    private var line: [UInt8] = []
    private var isFirstLine = true
    private var lastByteWasCarriageReturn = false

    private var type = ""
    private var data: [String] = []
    private var id: String?

    package init() {}

    package mutating func consume(_ bytes: some Sequence<UInt8>) -> [EventStreamItem] {
        var items: [EventStreamItem] = []
        for byte in bytes {
            // A line ends with CR, LF, or both: after a CR, which has ended it already, the LF says nothing new.
            defer { lastByteWasCarriageReturn = byte == 0x0D }
            switch byte {
            case 0x0A where lastByteWasCarriageReturn: continue
            case 0x0A, 0x0D:
                if let item = endLine() { items.append(item) }
            default: line.append(byte)
            }
        }
        return items
    }

    private mutating func endLine() -> EventStreamItem? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return dispatch() }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return field(text(line[...]), "") }
        var value = line[(colon + 1)...]
        if colon == 0 { return .comment(text(value)) }
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        return field(text(line[..<colon]), text(value))
    }

    private mutating func field(_ name: String, _ value: String) -> EventStreamItem? {
        switch name {
        case "event": type = value
        case "data": data.append(value)
        case "id" where !value.utf8.contains(0): id = value
        case "retry" where !value.isEmpty && value.utf8.allSatisfy({ (0x30...0x39).contains($0) }):
            return Int(value).map(EventStreamItem.retry)
        default: break
        }
        return nil
    }

    /// A `data` field without a value counts: the standard looks whether the data buffer is empty, and that one has
    /// a line feed in it.
    private mutating func dispatch() -> EventStreamItem? {
        defer {
            type = ""
            data = []
            id = nil
        }
        if let id { lastEventID = id }
        guard !data.isEmpty else { return id.map(EventStreamItem.position) }
        let event = ServerSentEvent(
            type: type.isEmpty ? "message" : type,
            data: data.joined(separator: "\n"),
            id: id,
            lastEventID: lastEventID
        )
        return .event(event)
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
