import Synchronization

/// Collects one answer from each of several event loops, and hands all of them on with the last.
final class Gathering<Part: Sendable>: Sendable {
    private let parts = Mutex<[Part]>([])
    private let count: Int
    private let whenComplete: @Sendable ([Part]) -> Void

    /// - Parameter whenComplete: called once, where the last answer is given.
    init(_ count: Int, whenComplete: @escaping @Sendable ([Part]) -> Void) {
        self.count = count
        self.whenComplete = whenComplete
    }

    func add(_ part: Part) {
        let all: [Part]? = parts.withLock { parts in
            parts.append(part)
            return parts.count == count ? parts : nil
        }
        if let all { whenComplete(all) }
    }
}
