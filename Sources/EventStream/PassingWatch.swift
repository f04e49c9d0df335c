package import Invalidation
import Synchronization

/// What one watcher has not looked at of what passes: bounded, the oldest go first.
package final class PassingWatch: Sendable {
    /// An invalidation that passed, and who heard it.
    package struct Passed: Sendable {
        package let invalidation: Invalidation
        package let report: HearingReport
    }

    /// What has passed since somebody last looked.
    package struct News: Sendable {
        package fileprivate(set) var passed: [Passed] = []

        /// How many more passed that were only counted.
        package fileprivate(set) var others = 0

        /// How many had to go to make room.
        package fileprivate(set) var dropped = 0

        package var isEmpty: Bool { passed.isEmpty && others == 0 && dropped == 0 }
    }

    /// A page shows the last hundred, and looks several times a second.
    static let limit = 200

    private let news = Mutex(News())

    /// All that has passed since the last call.
    package func take() -> News {
        news.withLock { news in
            defer { news = News() }
            return news
        }
    }

    func add(_ passed: [Passed]) {
        news.withLock { news in
            news.passed += passed
            let excess = news.passed.count - Self.limit
            guard excess > 0 else { return }
            news.passed.removeFirst(excess)
            news.dropped += excess
        }
    }

    func add(others: Int) { news.withLock { $0.others += others } }
}
