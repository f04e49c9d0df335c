import Invalidation
import Testing

import struct Invalidation.Tag

@testable import EventStream

/// One who follows in the same process is told what a stream would be.
@Suite(.timeLimit(.minutes(20))) struct FollowerTests {
    private static func batch(_ scopes: String...) -> [Invalidation] {
        scopes.enumerated().map { Invalidation(tags: [Tag("t", .integer($0))], scope: Scope(text: $1) ?? .global) }
    }

    @Test func `it hears its scopes and that of everybody, merged, and nothing else`() async {
        let followers = Followers()
        let follower = followers.join([.user("1")])
        followers.hear(Self.batch("user/1", "user/2", "*", "global"))
        let change = await follower.next()
        #expect(change?.tags == [Tag("t", 0), Tag("t", 2)])
        #expect(change?.scopes == [.user("1")])
    }

    @Test func `without scopes it hears all of them`() async {
        let followers = Followers()
        let follower = followers.join(nil)
        followers.hear(Self.batch("user/1", "global"))
        #expect(await follower.next()?.tags.count == 2)
    }

    @Test func `a new beginning is a reset in the place of all that was kept`() async {
        let followers = Followers()
        let follower = followers.join(nil)
        followers.hear(Self.batch("user/1"))
        followers.reset(.gap)
        followers.hear(Self.batch("user/1"))
        #expect(await follower.next() == Change(reset: .gap))
    }

    @Test func `one who does not ask is kept a bounded amount`() async {
        let followers = Followers()
        let follower = followers.join(nil)
        for number in 0...Pending.maximumTags {
            followers.hear([Invalidation(tags: [Tag("t", .integer(number))], scope: .global)])
        }
        #expect(await follower.next() == Change(reset: .overflow))
    }

    @Test func `a pause holds what is told, and a disabled tag is not told`() async {
        let followers = Followers()
        let follower = followers.join(nil)
        followers.obey(Controls(version: 1, isPaused: true))
        followers.hear(Self.batch("user/1", "user/2"))
        async let change = follower.next()
        await Task.yield()
        followers.obey(Controls(version: 2, disabled: TagSet([Tag("t", 0)])))
        #expect(await change?.tags == [Tag("t", 1)])
    }

    @Test func `of two who ask, one is told, and the other what comes next`() async {
        let followers = Followers()
        let follower = followers.join(nil)
        await withTaskGroup(of: Change?.self) { group in
            for _ in 0..<2 { group.addTask { await follower.next() } }
            for scope in [Scope.user("1"), .user("2")] {
                followers.hear([Invalidation(tags: [Tag("t")], scope: scope)])
                let told = await group.next() ?? nil
                #expect(told?.scopes == [scope])
            }
        }
    }

    @Test func `the end and a cancellation end it`() async {
        let followers = Followers()
        let follower = followers.join(nil)
        let task = Task { await follower.next() }
        task.cancel()
        #expect(await task.value == nil)
        followers.end()
        #expect(await follower.next() == nil)
        #expect(await followers.join(nil).next() == nil)
    }
}
