/// What occurred most often in the last minute, as far as somebody watched.
package struct BusyList: Sendable {
    package struct Entry: Sendable, Hashable {
        package let name: String
        package let count: Int
    }

    /// The busiest first.
    package let tags: [Entry]
    package let scopes: [Entry]
}
