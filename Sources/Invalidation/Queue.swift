/// A queue in one piece of memory, whose elements can be reached by their place in it.
///
/// What has gone from its front stays where it is until that is an eighth of all: to move the rest costs a few elements for each
/// that goes, and little memory. So it is for elements that are values and hold nothing.
struct Queue<Element: Sendable & BitwiseCopyable>: Sendable {
    private var elements: [Element] = []
    private var gone = 0

    private static var leastGone: Int { 64 }

    mutating func append(_ element: Element) { elements.append(element) }

    /// Takes the oldest out; nil where there is none.
    mutating func popFirst() -> Element? {
        guard gone < elements.count else { return nil }
        let first = elements[gone]
        gone += 1
        if gone == elements.count {
            elements.removeAll(keepingCapacity: true)
            gone = 0
        } else if gone >= Swift.max(Self.leastGone, elements.count / 8) {
            elements.removeFirst(gone)
            gone = 0
        }
        return first
    }
}

extension Queue: RandomAccessCollection, MutableCollection {
    var startIndex: Int { 0 }
    var endIndex: Int { elements.count - gone }

    subscript(position: Int) -> Element {
        get { elements[gone + position] }
        _modify { yield &elements[gone + position] }
    }
}
