import TestSupport
import Testing

@Suite struct EventStreamParserTests {
    private func items(_ text: String) -> [EventStreamItem] {
        var parser = EventStreamParser()
        return parser.consume(text.utf8)
    }

    @Test func `a block is an event with its type, data and id`() {
        let event = ServerSentEvent(type: "invalidate", data: "{}", id: "a-1", lastEventID: "a-1")
        #expect(items("event: invalidate\nid: a-1\ndata: {}\n\n") == [.event(event)])
    }

    @Test func `several data lines are joined with line feeds`() {
        #expect(items("data: a\ndata:\ndata: b\n\n") == [.event(ServerSentEvent(data: "a\n\nb"))])
    }

    @Test func `one space after the colon is taken off and no more`() {
        #expect(items("data:a\n\n") == [.event(ServerSentEvent(data: "a"))])
        #expect(items("data:  a \n\n") == [.event(ServerSentEvent(data: " a "))])
    }

    @Test(arguments: ["\n", "\r", "\r\n"]) func `every kind of line end ends a line`(_ end: String) {
        let text = ["data: 1", ": c", "data: 2", "", "data: 3", "", ""].joined(separator: end)
        #expect(
            items(text) == [
                .comment(" c"), .event(ServerSentEvent(data: "1\n2")), .event(ServerSentEvent(data: "3")),
            ]
        )
    }

    @Test func `a line feed after a carriage return and a blank line in between are different things`() {
        #expect(items("data: 1\r\ndata: 2\r\n\r\n") == [.event(ServerSentEvent(data: "1\n2"))])
        #expect(
            items("data: 1\r\rdata: 2\n\r\n") == [
                .event(ServerSentEvent(data: "1")), .event(ServerSentEvent(data: "2")),
            ]
        )
    }

    @Test func `pieces of one byte give what the whole gives`() {
        let text = "\u{FEFF}event: grüß\r\nid: é-1\r\ndata: 😀\r\n\r\n: hi\r\nretry: 1500\r\nid: 2\r\n\r\ndata: x\r\r"
        var parser = EventStreamParser()
        let oneByOne = text.utf8.flatMap { parser.consume([$0]) }
        #expect(oneByOne == items(text))
        #expect(
            oneByOne == [
                .event(ServerSentEvent(type: "grüß", data: "😀", id: "é-1", lastEventID: "é-1")),
                .comment(" hi"), .retry(1500), .position("2"),
                .event(ServerSentEvent(data: "x", lastEventID: "2")),
            ]
        )
    }

    @Test func `only the first byte order mark is taken off`() {
        #expect(items("\u{FEFF}\u{FEFF}data: a\n\ndata: b\n\n") == [.event(ServerSentEvent(data: "b"))])
    }

    @Test func `a block with only an id moves the resume point and is no event`() {
        var parser = EventStreamParser()
        #expect(parser.consume("id: a-7\n\n".utf8) == [.position("a-7")])
        #expect(parser.lastEventID == "a-7")
        #expect(parser.consume("event: x\n\n".utf8) == [])
        #expect(parser.consume("data: 1\n\n".utf8) == [.event(ServerSentEvent(data: "1", lastEventID: "a-7"))])
    }

    @Test func `an id counts only when its block is complete`() {
        var parser = EventStreamParser()
        #expect(parser.consume("id: 1\ndata: a\n".utf8) == [])
        #expect(parser.lastEventID == "")
        #expect(parser.consume("\n".utf8).count == 1)
        #expect(parser.lastEventID == "1")
    }

    @Test func `an empty id resets the resume point`() {
        var parser = EventStreamParser()
        #expect(parser.consume("id: 1\n\nid\n\n".utf8) == [.position("1"), .position("")])
        #expect(parser.lastEventID == "")
    }

    @Test func `an id with a null in it is passed over`() {
        #expect(
            items("id: 1\n\nid: 2\0\ndata: a\n\n") == [
                .position("1"), .event(ServerSentEvent(data: "a", lastEventID: "1")),
            ]
        )
    }

    @Test func `a retry that is not all digits is passed over`() {
        #expect(items("retry: 1s\nretry:\nretry: -5\nretry: 1.5\nretry: ١\nretry: 10\n\n") == [.retry(10)])
    }

    @Test func `a data field without a value makes an event, no data field makes none`() {
        #expect(items("data\n\n") == [.event(ServerSentEvent(data: ""))])
        #expect(items("data\ndata\n\n") == [.event(ServerSentEvent(data: "\n"))])
        #expect(items("event: a\n\n\n\n") == [])
    }

    @Test func `a type does not outlive its block`() {
        #expect(items("event: a\n\ndata: 1\n\n") == [.event(ServerSentEvent(data: "1"))])
    }

    @Test func `unknown fields and names with other letters are passed over`() {
        #expect(items("Data: 1\nfoo: 2\n data: 3\ndata : 4\ndata: 5\n\n") == [.event(ServerSentEvent(data: "5"))])
    }

    @Test func `an unfinished block at the end is no event`() {
        #expect(items("data: 1\n\ndata: 2\n") == [.event(ServerSentEvent(data: "1"))])
    }
}
