import Testing

@testable import LibPQ

@Suite(.timeLimit(.minutes(20))) struct MailboxTests {
    private func notes(_ numbers: ClosedRange<Int>) -> [LibPQ.Notification] {
        numbers.map { Notification(payload: "\($0)", senderProcessID: 1) }
    }

    @Test func `all that has arrived is one batch`() async throws {
        let mailbox = Mailbox(limit: 10)
        mailbox.put(notes(1...2))
        mailbox.put(notes(3...4))
        #expect(try await mailbox.next(isolation: nil) == .notifications(notes(1...4)))
    }

    @Test func `one too many drops those held and says so once`() async throws {
        let mailbox = Mailbox(limit: 3)
        mailbox.put(notes(1...3))
        mailbox.put(notes(4...4))
        // Part of what the overflow stands for.
        mailbox.put(notes(5...5))
        #expect(try await mailbox.next(isolation: nil) == .overflow)
        mailbox.put(notes(6...6))
        #expect(try await mailbox.next(isolation: nil) == .notifications(notes(6...6)))
    }

    @Test func `the limit itself may be held`() async throws {
        let mailbox = Mailbox(limit: 3)
        mailbox.put(notes(1...3))
        #expect(try await mailbox.next(isolation: nil) == .notifications(notes(1...3)))
    }

    @Test func `what is held comes before the error that ends it`() async throws {
        let mailbox = Mailbox(limit: 3)
        mailbox.put(notes(1...1))
        mailbox.close(.connection("gone"))
        mailbox.close(.closed)
        mailbox.put(notes(2...2))
        #expect(try await mailbox.next(isolation: nil) == .notifications(notes(1...1)))
        await #expect(throws: PostgresError.connection("gone")) { try await mailbox.next(isolation: nil) }
        await #expect(throws: PostgresError.connection("gone")) { try await mailbox.next(isolation: nil) }
    }

    @Test func `a second task that waits is turned away`() async throws {
        let mailbox = Mailbox(limit: 3)
        try await withThrowingTaskGroup(of: NotificationBatch.self) { group in
            for _ in 0..<2 { group.addTask { try await mailbox.next(isolation: nil) } }
            await #expect(throws: PostgresError.self) { try await group.next() }
            mailbox.put(notes(1...1))
            let batch = try await group.next()
            #expect(batch == .notifications(notes(1...1)))
        }
    }

    @Test func `a cancelled wait ends, and loses nothing`() async throws {
        let mailbox = Mailbox(limit: 3)
        for _ in 0..<1000 {
            let wait = Task { try await mailbox.next(isolation: nil) }
            wait.cancel()
            await #expect(throws: CancellationError.self) { try await wait.value }
        }
        mailbox.put(notes(1...1))
        #expect(try await mailbox.next(isolation: nil) == .notifications(notes(1...1)))
    }
}
