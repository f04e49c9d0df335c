import DequeModule
import SeededRandom
import Testing

@testable import Invalidation

@Suite struct QueueTests {
    @Test func `it holds what a double-ended queue holds, whatever comes and goes`() {
        var random = SeededRandom(seed: 8)
        var queue = Queue<Int>()
        var model: Deque<Int> = []
        var isSame = true
        for step in 0..<10_000 {
            // It grows to some hundreds, shrinks, and is now and then empty.
            if Int.random(in: 0..<1_000, using: &random) < ((step / 1_000).isMultiple(of: 2) ? 600 : 400) {
                queue.append(step)
                model.append(step)
            } else {
                isSame = isSame && queue.popFirst() == model.popFirst()
            }
            if let index = model.indices.randomElement(using: &random) {
                queue[index] += 1
                model[index] += 1
                isSame = isSame && queue[index] == model[index]
            }
            isSame = isSame && queue.count == model.count && queue.first == model.first && queue.last == model.last
        }
        #expect(isSame)
        #expect(Array(queue) == Array(model))
    }
}
