@testable import Invalidation

extension InvalidatingCache {
    /// Whether a value is kept, without asking for it.
    func keeps(_ key: Key) -> Bool { kept.holds(key) }

    /// Ends a load and applies a change before any caller can run.
    func end(loadOf key: Key, with loaded: (Value, [Tag]), andApply change: Change) {
        if let number = running[key] { end(number, .success(loaded)) }
        apply(change)
    }
}
