import NIOCore

/// One block of an event stream, as far as it counts here.
struct Word {
    /// The text of its `id`, which a client that comes back sends.
    private(set) var id: String?

    /// Everything below this has been told; nil where the block has no id.
    private(set) var horizon: UInt64?

    /// Whether what the client had before counts as stale from here on: a `reset`, or a `welcome` that does not resume.
    private(set) var isFresh = false
    private(set) var isWelcome = false
    private(set) var isReset = false
    private(set) var isGoaway = false

    /// The publisher's numbers of what it invalidates.
    private(set) var numbers: [Int] = []

    /// - Parameter block: up to the empty line that ends it. What stands before its fields, a chunk's size or the
    ///   response's head, is no field of an event stream.
    init(_ block: ByteBuffer) {
        var type = ""
        for line in String(buffer: block).split(whereSeparator: \.isNewline) {
            if line.hasPrefix("event: ") {
                type = String(line.dropFirst("event: ".count))
            } else if line.hasPrefix("id: ") {
                id = String(line.dropFirst("id: ".count))
                horizon = line.lastIndex(of: "-").flatMap { UInt64(line[$0...].dropFirst()) }
            } else if line.hasPrefix("data: ") {
                readData(line, of: type)
            }
        }
    }

    private mutating func readData(_ data: Substring, of type: String) {
        switch type {
        case "welcome":
            isWelcome = true
            isFresh = data.contains("\"resumed\":false")
        case "invalidate":
            numbers = data.matches(of: /\["n",\d+,(\d+)\]/).compactMap { Int($0.1) }
        case "reset":
            isReset = true
            isFresh = true
        case "goaway":
            isGoaway = true
        default:
            break
        }
    }
}
