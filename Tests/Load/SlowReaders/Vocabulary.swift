import NIOCore

/// Every block that any stream has said, each read once: a thousand streams say the same ones.
struct Vocabulary {
    private(set) var words: [Word] = []
    private var places: [ByteBuffer: Int] = [:]

    /// - Returns: its place in ``words``.
    mutating func place(of block: ByteBuffer) -> Int {
        if let known = places[block] { return known }
        let place = words.count
        words.append(Word(block))
        // A copy, for a slice would keep all that was read along with it.
        places[ByteBuffer(bytes: block.readableBytesView)] = place
        return place
    }
}
