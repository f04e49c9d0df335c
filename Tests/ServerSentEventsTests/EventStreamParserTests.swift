import SeededRandom
import ServerSentEvents
import Testing

@Suite struct EventStreamParserTests {
    private func items(_ text: String) throws -> [EventStreamItem] {
        var parser = EventStreamParser()
        return try parser.consume(text.utf8)
    }

    private func event(_ data: String, type: String = "message", id: String = "") -> EventStreamItem {
        .event(ServerSentEvent(type: type, data: data, lastEventID: id))
    }

    @Test func `a block is an event with its type, data and id`() throws {
        #expect(
            try items("event: invalidate\nid: a-1\ndata: {}\n\n") == [event("{}", type: "invalidate", id: "a-1")]
        )
    }

    @Test func `several data lines are joined by line feeds`() throws {
        #expect(try items("data: a\ndata:\ndata: b\n\n") == [event("a\n\nb")])
    }

    @Test func `one space after the colon is taken off and no more`() throws {
        #expect(try items("data:a\n\ndata:  b \n\n") == [event("a"), event(" b ")])
    }

    @Test(arguments: ["\n", "\r", "\r\n"])
    func `every kind of line end ends a line`(_ end: String) throws {
        let text = ["data: 1", ": c", "data: 2", "", "data: 3", "", ""].joined(separator: end)
        #expect(try items(text) == [event("1\n2"), event("3")])
    }

    @Test func `kinds of line ends can be mixed`() throws {
        #expect(
            try items("data: 1\r\rdata: 2\n\r\ndata: 3\r\n\ndata: 4\r\n\r") == ["1", "2", "3", "4"].map { event($0) }
        )
    }

    @Test func `text cut at any bytes reads as the whole does`() throws {
        let text =
            "\u{FEFF}event: grüß\r\nid: é-1\r\ndata: 😀\r\n\r\n: hi\r\nretry: 1500\r\nid: 2\r\n\r\ndata: x\r\rdata\n\n"
        let whole = try items(text)
        #expect(
            whole == [
                event("😀", type: "grüß", id: "é-1"), .retry(milliseconds: 1_500), .lastEventID("2"),
                event("x", id: "2"), event("", id: "2"),
            ]
        )
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var parser = EventStreamParser()
            var rest = Array(text.utf8)[...]
            var cut: [EventStreamItem] = []
            while !rest.isEmpty {
                let length = Int.random(in: 0...4, using: &random)
                cut += try parser.consume(rest.prefix(length))
                rest = rest.dropFirst(length)
            }
            #expect(cut == whole, "seed \(seed)")
        }
    }

    @Test func `only the first byte order mark is taken off`() throws {
        #expect(try items("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\n") == [event("a")])
        #expect(try items("\u{FEFF}\u{FEFF}data: a\n\ndata: b\n\n") == [event("b")])
    }

    @Test func `an id alone moves the resume point and is no event`() throws {
        var parser = EventStreamParser()
        #expect(try parser.consume("id: a-7\n\n".utf8) == [.lastEventID("a-7")])
        #expect(parser.lastEventID == "a-7")
        #expect(try parser.consume("event: x\n\n".utf8) == [])
        #expect(try parser.consume("data: 1\n\n".utf8) == [event("1", id: "a-7")])
    }

    @Test func `an id counts when its block is complete`() throws {
        var parser = EventStreamParser(lastEventID: "a-6")
        #expect(try parser.consume("id: a-7\ndata: x\n".utf8) == [])
        #expect(parser.lastEventID == "a-6")
        #expect(try parser.consume("\n".utf8) == [event("x", id: "a-7")])
    }

    @Test func `an empty id clears the resume point and one with a zero byte is passed over`() throws {
        var parser = EventStreamParser(lastEventID: "a-6")
        #expect(try parser.consume("id: b\0\n\n".utf8) == [])
        #expect(parser.lastEventID == "a-6")
        #expect(try parser.consume("id\n\n".utf8) == [.lastEventID("")])
    }

    @Test func `a retry that is not digits alone is passed over`() throws {
        #expect(
            try items("retry: 5\nretry: 1s\nretry: -1\nretry:\nretry: 99999999999999999999\n") == [
                .retry(milliseconds: 5)
            ]
        )
    }

    @Test func `unknown fields and comments say nothing`() throws {
        #expect(try items(": hi\nfoo: bar\nDATA: x\n data: x\n\n") == [])
    }

    @Test func `bytes that are no UTF-8 become replacement characters`() throws {
        var parser = EventStreamParser()
        #expect(try parser.consume([0x64, 0x61, 0x74, 0x61, 0x3A, 0xFF, 0x0A, 0x0A]) == [event("\u{FFFD}")])
    }

    @Test func `a line and an event past their limits fail the stream`() throws {
        var lines = EventStreamParser(lineLimit: 10)
        #expect(try lines.consume("data: 1234\n\n".utf8) == [event("1234")])
        #expect(throws: EventStreamFailure.lineTooLong(limit: 10)) { try lines.consume(": 123456789".utf8) }

        var events = EventStreamParser(eventLimit: 10)
        #expect(try events.consume("data: 1234\ndata: 1234\n\n".utf8) == [event("1234\n1234")])
        #expect(throws: EventStreamFailure.eventTooLong(limit: 10)) {
            try events.consume("data: 1234\ndata: 12345\n\n".utf8)
        }
    }

    @Test func `an unfinished block at the end is no event`() throws {
        #expect(try items("data: a\n\ndata: b\n") == [event("a")])
    }
}
