/// A queue of invalidations, packed into blocks of bytes.
///
/// A history keeps a hundred thousand of them and reads next to none. As bytes in a row they take a quarter of the memory,
/// and to keep one or to forget one touches nothing but the two ends of the row: no object is left behind to be freed when
/// it has long been cold.
struct PackedInvalidations: Sendable {
    /// Where one of them stands.
    struct Place: BitwiseCopyable {
        fileprivate let block: Int
        fileprivate let offset: Int
    }

    /// In bytes; what does not fit begins the next block, so that none is torn.
    private static let blockSize = 1 << 16

    /// The blocks that are full.
    private var full: [[UInt8]] = []

    /// The block that is being written.
    private var newest: [UInt8] = []

    /// How many blocks have been forgotten.
    private var forgotten = 0

    /// - Returns: where it stands, and how many bytes it takes.
    mutating func append(_ invalidation: Invalidation) -> (Place, Int) {
        let size = invalidation.packedSize
        if newest.count + size > Self.blockSize { beginBlock(atLeast: size) }
        let place = Place(block: forgotten + full.count, offset: newest.count)
        invalidation.pack(into: &newest, size: size)
        assert(newest.count - place.offset == size, "packed into another size than was foreseen")
        return (place, size)
    }

    private mutating func beginBlock(atLeast size: Int) {
        if !newest.isEmpty { full.append(newest) }
        newest = []
        newest.reserveCapacity(max(size, Self.blockSize))
    }

    /// Forgets the blocks that end before `place`; all of them where it is nil.
    mutating func forget(before place: Place?) {
        while !full.isEmpty, forgotten < place?.block ?? .max {
            full.removeFirst()
            forgotten += 1
        }
        if place == nil { newest.removeAll(keepingCapacity: true) }
    }

    subscript(place: Place) -> Invalidation {
        var reader = reader(at: place)
        return Invalidation(unpacking: &reader)
    }

    func scope(at place: Place) -> Scope {
        var reader = reader(at: place)
        return Invalidation.unpackScope(&reader)
    }

    private func reader(at place: Place) -> PackedReader {
        let index = place.block - forgotten
        return PackedReader(index < full.count ? full[index] : newest, at: place.offset)
    }
}
