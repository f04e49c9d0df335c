import Synchronization

/// Which tags were disabled in the round that runs, and when.
final class DisabledBook: Sendable {
    private let all = Mutex<[DisabledTag]>([])

    func open(_ tag: String) { all.withLock { $0.append(DisabledTag(tag: tag, from: .now, until: nil)) } }

    /// Once it has been enabled.
    func close(_ tag: String) {
        all.withLock { all in
            for index in all.indices where all[index].tag == tag && all[index].until == nil { all[index].until = .now }
        }
    }

    /// It is disabled still, or again: a standby was promoted that had not heard of the end.
    func reopen(_ tag: String) {
        all.withLock { all in
            for index in all.indices where all[index].tag == tag { all[index].until = nil }
        }
    }

    var disabled: [String] { all.withLock { $0.filter { $0.until == nil }.map(\.tag) } }

    /// Hands out the round's and forgets them.
    func take() -> [DisabledTag] {
        all.withLock { all in
            defer { all = [] }
            return all
        }
    }
}
