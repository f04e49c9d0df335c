import SeededRandom
import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

@Suite struct PackedInvalidationsTests {
    private func random(_ random: inout SeededRandom) throws -> Invalidation {
        let texts = ["todo", "é", "e\u{301}", "a%2Fb/%25", "todo/42", "", "/", String(repeating: "long ", count: 300)]
        let count = random.pick([0, 1, 2, 40])
        return Invalidation(
            tags: try (0..<count).map { _ in try #require(Tag(text: random.pick(texts))) },
            scope: try #require(
                Scope(text: random.pick(["global", "*", "user/ada", "tenant/ü/ö", "user/" + texts[7]]))
            ),
            xid: random.pick([nil, 0, 7, .max]),
            origin: random.pick([nil, "", "page-1"]),
            coversAll: random.pick([true, false])
        )
    }

    /// All that is told of one, byte by byte.
    private func all(_ invalidation: Invalidation) -> String {
        var text = "\(invalidation.scope) \(String(describing: invalidation.xid))"
        text += " \(String(describing: invalidation.origin)) \(invalidation.coversAll)"
        for tag in invalidation.tags { text += " \(Array(tag.text.utf8)) \(tag.numbers)" }
        return text
    }

    @Test(arguments: 0..<20) func `what is packed comes out as it went in, whatever was forgotten before`(
        seed: UInt64
    ) throws {
        var random = SeededRandom(seed: seed)
        var packed = PackedInvalidations()
        var kept: [(place: PackedInvalidations.Place, invalidation: Invalidation)] = []
        for _ in 0..<600 {
            let invalidation = try self.random(&random)
            let (place, bytes) = packed.append(invalidation)
            #expect(bytes >= invalidation.tags.reduce(0) { $0 + $1.text.utf8.count })
            kept.append((place, invalidation))
            if random.pick([true, false, false]) {
                kept.removeFirst(random.pick([0, 1, min(kept.count, 3)]))
                packed.forget(before: kept.first?.place)
            }
            if let (place, invalidation) = kept.first { #expect(all(packed[place]) == all(invalidation)) }
            if let (place, invalidation) = kept.last { #expect(all(packed[place]) == all(invalidation)) }
        }
        for (place, invalidation) in kept { #expect(all(packed[place]) == all(invalidation)) }
    }

    @Test func `one that is larger than a block stands in a block of its own`() throws {
        let tag = try #require(Tag(text: String(repeating: "x", count: 900)))
        let large = Invalidation(tags: Array(repeating: tag, count: 300), scope: .global, xid: 1)
        let small = Invalidation(tags: [tag], scope: .everyone, xid: 2)
        var packed = PackedInvalidations()
        let places = [small, large, small, large, large, small].map { packed.append($0).0 }
        #expect(places.map { packed[$0] } == [small, large, small, large, large, small])
        packed.forget(before: places[3])
        #expect(places[3...].map { packed[$0] } == [large, large, small])
    }
}
