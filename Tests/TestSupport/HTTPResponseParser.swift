/// One HTTP/1.1 response from bytes in pieces of any size: head, then body with its transfer coding taken off.
///
/// It is strict where a test wants to hear of a server's fault, and keeps the framing's own pieces apart: one `body`
/// is never more than one chunk.
package struct HTTPResponseParser {
    package enum Part: Sendable, Hashable {
        case head(HTTPResponseHead)
        case body([UInt8])
        case end
    }

    package struct Malformed: Error, Hashable, CustomStringConvertible {
        package let what: String
        package let text: String

        package var description: String { "the server sent a malformed \(what): \(text.debugDescription)" }
    }

    private enum State {
        case head([String])
        case fixed(remaining: Int)
        case untilClose
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailers
        case ended
    }

    private var state: State = .head([])
    private var buffer: [UInt8] = []
    private let isHead: Bool

    /// - Parameter method: `HEAD` has no body whatever the head says.
    package init(method: String = "GET") {
        isHead = method == "HEAD"
    }

    package mutating func consume(_ bytes: [UInt8]) throws(Malformed) -> [Part] {
        buffer += bytes
        var position = 0
        var parts: [Part] = []
        while try step(&position, &parts) {}
        buffer.removeFirst(position)
        return parts
    }

    /// The connection has ended; says so where the response had not.
    package mutating func finish() throws(Malformed) -> [Part] {
        switch state {
        case .ended: return []
        case .untilClose:
            state = .ended
            return [.end]
        default: throw Malformed(what: "end of the response", text: "the connection closed in the middle of it")
        }
    }

    /// Whether there may be more to be had from the buffer.
    private mutating func step(_ position: inout Int, _ parts: inout [Part]) throws(Malformed) -> Bool {
        switch state {
        case .head(let lines):
            guard let line = try takeLine(&position) else { return false }
            guard line.isEmpty else {
                state = .head(lines + [line])
                return true
            }
            let head = try HTTPResponseHead(lines: lines)
            try begin(head, &parts)
        case .fixed(let remaining), .chunk(let remaining):
            let piece = take(remaining, &position)
            guard !piece.isEmpty else { return false }
            parts.append(.body(piece))
            advance(by: piece.count, of: remaining, &parts)
        case .untilClose:
            let piece = take(.max, &position)
            guard !piece.isEmpty else { return false }
            parts.append(.body(piece))
        case .chunkSize:
            guard let line = try takeLine(&position) else { return false }
            let digits = line.prefix { $0 != ";" }
            guard !digits.isEmpty, digits.allSatisfy(\.isHexDigit), let size = Int(digits, radix: 16) else {
                throw Malformed(what: "chunk size", text: line)
            }
            state = size == 0 ? .trailers : .chunk(remaining: size)
        case .chunkEnd:
            guard let line = try takeLine(&position) else { return false }
            guard line.isEmpty else { throw Malformed(what: "end of a chunk", text: line) }
            state = .chunkSize
        case .trailers:
            guard let line = try takeLine(&position) else { return false }
            guard line.isEmpty else { return true }
            state = .ended
            parts.append(.end)
        case .ended:
            guard position == buffer.count else {
                throw Malformed(what: "end of the response", text: "\(buffer.count - position) bytes follow it")
            }
            return false
        }
        return true
    }

    private mutating func begin(_ head: HTTPResponseHead, _ parts: inout [Part]) throws(Malformed) {
        if (100..<200).contains(head.status), head.status != 101 {
            state = .head([])
            return
        }
        parts.append(.head(head))
        if isHead || head.status == 204 || head.status == 304 {
            state = .ended
            parts.append(.end)
        } else if head["Transfer-Encoding"]?.lowercased() == "chunked" {
            guard head["Content-Length"] == nil else {
                throw Malformed(what: "head", text: "both Transfer-Encoding and Content-Length")
            }
            state = .chunkSize
        } else if let text = head["Content-Length"] {
            guard let length = Int(text), length >= 0 else { throw Malformed(what: "Content-Length", text: text) }
            state = length == 0 ? .ended : .fixed(remaining: length)
            if length == 0 { parts.append(.end) }
        } else {
            state = .untilClose
        }
    }

    private mutating func advance(by count: Int, of remaining: Int, _ parts: inout [Part]) {
        switch state {
        case .fixed where count == remaining:
            state = .ended
            parts.append(.end)
        case .fixed: state = .fixed(remaining: remaining - count)
        case .chunk where count == remaining: state = .chunkEnd
        default: state = .chunk(remaining: remaining - count)
        }
    }

    private func take(_ limit: Int, _ position: inout Int) -> [UInt8] {
        let count = min(limit, buffer.count - position)
        defer { position += count }
        return Array(buffer[position..<(position + count)])
    }

    private func takeLine(_ position: inout Int) throws(Malformed) -> String? {
        guard let end = buffer[position...].firstIndex(of: 0x0A) else { return nil }
        let line = buffer[position..<end]
        position = end + 1
        guard line.last == 0x0D else {
            throw Malformed(what: "line (no CR before its LF)", text: String(decoding: line, as: UTF8.self))
        }
        return String(decoding: line.dropLast(), as: UTF8.self)
    }
}
