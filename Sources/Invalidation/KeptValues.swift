/// The values of an ``InvalidatingCache``, in the order in which they were last asked for, and by what they depend on.
///
/// A place can outlive its value: what goes stale and is to be loaded again keeps its place in the order, so that loading
/// alone does not make a value look as if somebody had asked for it. Values and empty places together are never more than
/// `limit`; past it the one that has not been asked for the longest goes.
struct KeptValues<Key: Hashable, Value> {
    private struct Place {
        let key: Key
        var content: (value: Value, tags: [Tag])?
        var older: Int?
        var newer: Int?
    }

    /// How many values there are; empty places do not count.
    private(set) var count = 0

    private let limit: Int
    private var places: [Place?] = []
    private var free: [Int] = []
    private var byKey: [Key: Int] = [:]

    /// Under each tag that would make them stale: those of a value's tags, and all that cover these.
    private var byTag: [Tag: Set<Int>] = [:]
    private var newest: Int?
    private var oldest: Int?

    init(limit: Int) { self.limit = limit }

    /// The value, which has been asked for now.
    mutating func use(_ key: Key) -> Value? {
        guard let index = byKey[key] else { return nil }
        unlink(index)
        linkAsNewest(index)
        return places[index]?.content?.value
    }

    /// Whether there is a value; that does not count as asking for it.
    func holds(_ key: Key) -> Bool { byKey[key].map { places[$0]?.content != nil } ?? false }

    func hasEmptyPlace(for key: Key) -> Bool { byKey[key] != nil && !holds(key) }

    /// The keys of all empty places, the one that was asked for last at the end.
    var keysOfEmptyPlaces: [Key] {
        var keys: [Key] = []
        var next = oldest
        while let index = next, let place = places[index] {
            if place.content == nil { keys.append(place.key) }
            next = place.newer
        }
        return keys
    }

    /// - Parameter wasAsked: whether somebody has asked for it; if not, it is kept only where its place is still there.
    mutating func keep(_ value: Value, _ tags: [Tag], for key: Key, wasAsked: Bool) {
        guard limit > 0 else { return }
        let index: Int
        if let known = byKey[key] {
            index = known
            empty(index)
        } else {
            guard wasAsked else { return }
            if byKey.count == limit, let oldest { remove(at: oldest) }
            index = free.popLast() ?? places.count
            if index == places.count { places.append(nil) }
            places[index] = Place(key: key)
            byKey[key] = index
            linkAsNewest(index)
        }
        places[index]?.content = (value, tags)
        count += 1
        for tag in tags {
            for beginning in tag.beginnings { byTag[beginning, default: []].insert(index) }
        }
    }

    /// Drops the values that are stale where `tag` is invalidated, in a time that grows with their number alone.
    ///
    /// - Returns: the keys of those whose places were kept.
    mutating func drop(coveredBy tag: Tag, keepingPlaces: Bool) -> [Key] {
        guard let indices = byTag[tag] else { return [] }
        return indices.compactMap { drop($0, keepingPlaces) }
    }

    /// The same of all values; the key that was asked for last is at the end.
    mutating func dropAll(keepingPlaces: Bool) -> [Key] {
        guard keepingPlaces else {
            self = Self(limit: limit)
            return []
        }
        var keys: [Key] = []
        var next = oldest
        while let index = next, let place = places[index] {
            if place.content != nil { keys.append(place.key) }
            places[index]?.content = nil
            next = place.newer
        }
        count = 0
        byTag = [:]
        return keys
    }

    /// Drops a value with its place.
    mutating func remove(_ key: Key) {
        if let index = byKey[key] { remove(at: index) }
    }

    private mutating func drop(_ index: Int, _ keepingPlace: Bool) -> Key? {
        guard keepingPlace else {
            remove(at: index)
            return nil
        }
        empty(index)
        return places[index]?.key
    }

    private mutating func remove(at index: Int) {
        empty(index)
        unlink(index)
        if let key = places[index]?.key { byKey[key] = nil }
        places[index] = nil
        free.append(index)
    }

    private mutating func empty(_ index: Int) {
        guard let content = places[index]?.content else { return }
        places[index]?.content = nil
        count -= 1
        for tag in content.tags {
            for beginning in tag.beginnings {
                byTag[beginning]?.remove(index)
                if byTag[beginning]?.isEmpty == true { byTag[beginning] = nil }
            }
        }
    }

    private mutating func linkAsNewest(_ index: Int) {
        places[index]?.older = newest
        places[index]?.newer = nil
        if let newest { places[newest]?.newer = index } else { oldest = index }
        newest = index
    }

    private mutating func unlink(_ index: Int) {
        guard let place = places[index] else { return }
        if let older = place.older { places[older]?.newer = place.newer } else { oldest = place.newer }
        if let newer = place.newer { places[newer]?.older = place.older } else { newest = place.older }
    }
}
