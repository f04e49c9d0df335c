/// The form in which ``PackedInvalidations`` keeps an invalidation: the scope; what else is there, as bits; the transaction,
/// the origin, and the tags. Each text has its length before it.
extension Invalidation {
    private struct Parts: OptionSet {
        let rawValue: UInt8

        static let everything = Parts(rawValue: 1)
        static let xid = Parts(rawValue: 2)
        static let origin = Parts(rawValue: 4)
    }

    /// How many bytes it takes.
    var packedSize: Int {
        var size = 1 + 4 + scope.content.packedSize
        if xid != nil { size += 8 }
        if let origin { size += 4 + origin.utf8.count }
        for tag in tags { size += 2 + tag.content.packedSize }
        return size
    }

    /// Writes it at the end of `block`.
    ///
    /// - Parameter size: its ``packedSize``.
    func pack(into block: inout [UInt8], size: Int) {
        var parts: Parts = []
        if coversAll { parts.insert(.everything) }
        if xid != nil { parts.insert(.xid) }
        if origin != nil { parts.insert(.origin) }
        let start = block.count
        block.append(contentsOf: repeatElement(0, count: size))
        var writer = PackedWriter(at: start)
        unsafe block.withUnsafeMutableBytes { block in
            unsafe writer.write(scope.content.string, to: block)
            unsafe writer.write(parts.rawValue, to: block)
            unsafe writer.write(UInt32(tags.count), to: block)
            if let xid { unsafe writer.write(xid, to: block) }
            if let origin { unsafe writer.write(origin, to: block) }
            for tag in tags {
                unsafe writer.write(tag.numbers, to: block)
                unsafe writer.write(tag.content.string, to: block)
            }
        }
    }

    /// Reads the scope alone, with which each begins.
    static func unpackScope(_ reader: inout PackedReader) -> Scope { Scope(content: Text(reader.text())) }

    init(unpacking reader: inout PackedReader) {
        let scope = Self.unpackScope(&reader)
        let parts = Parts(rawValue: reader.number())
        let count = reader.number() as UInt32
        let xid: UInt64? = parts.contains(.xid) ? reader.number() : nil
        let origin = parts.contains(.origin) ? reader.text() : nil
        let tags = (0..<count).map { _ in
            let numbers = reader.number() as UInt16
            return Tag(content: Text(reader.text()), numbers: numbers)
        }
        self.init(tags: tags, scope: scope, xid: xid, origin: origin, coversAll: parts.contains(.everything))
    }
}

extension Text {
    fileprivate var packedSize: Int { 4 + utf8.count }
}
