/// What has been told while loads are under way, merged: for each tag, when it was told last.
///
/// Time is a count of the changes heard. Past ``maximumTags`` tags, what was told before the oldest load began is
/// forgotten; if that is not enough, everything counts as told, and each load under way as stale.
struct HeardChanges {
    static let maximumTags = 1_000

    /// How many changes have been heard.
    private(set) var now: UInt64 = 0

    private var lastOfAll: UInt64 = 0
    private var last: [Tag: UInt64] = [:]

    /// - Parameter starts: when the loads began that are under way. Without one, nothing has to be kept.
    mutating func hear(_ tags: [Tag], loadsBegunAt starts: some Collection<UInt64>) {
        now += 1
        guard !starts.isEmpty else { return last = [:] }
        for tag in tags { last[tag] = now }
        guard last.count > Self.maximumTags, let oldest = starts.min() else { return }
        last = last.filter { $0.value > oldest }
        // Not just under the limit: the next change would have to look through all of it again.
        if last.count > Self.maximumTags / 2 { collapse() }
    }

    mutating func hearEverything() {
        now += 1
        collapse()
    }

    /// Whether something with these tags that was loaded from `start` on may lack what has been told since.
    func covers(_ tags: [Tag], since start: UInt64) -> Bool {
        guard lastOfAll <= start else { return true }
        guard !last.isEmpty else { return false }
        return tags.contains { $0.beginnings.contains { last[$0].map { $0 > start } ?? false } }
    }

    private mutating func collapse() {
        lastOfAll = now
        last = [:]
    }
}
