import Invalidation
import NIOCore
import Testing

import struct Invalidation.Tag

@testable import EventStream

/// The bytes of an event, to the letter (CONTRACT.md §5).
@Suite struct EncodedEventTests {
    private func text(_ event: EncodedEvent, _ framing: Framing) -> String {
        var event = event
        return String(buffer: event.bytes(framing))
    }

    @Test func `an event is its name, its id and its data, each on a line`() throws {
        let event = EncodedEvent(
            .invalidate(tags: [try tag("todos"), try tag("todo/42")], scopes: [.user("42")], xids: [7], origin: nil),
            id: "k3-101"
        )
        let block = """
            event: invalidate
            id: k3-101
            data: {"tags":[["todos"],["todo",42]],"scopes":["user/42"],"txids":["7"]}


            """
        #expect(text(event, .untilClose) == block)
        #expect(text(event, .chunked) == "\(String(block.utf8.count, radix: 16))\r\n\(block)\r\n")
    }

    @Test func `a heartbeat is an id alone`() {
        let event = EncodedEvent(nil, id: "k3-101")
        #expect(text(event, .untilClose) == "id: k3-101\n\n")
        #expect(text(event, .chunked) == "c\r\nid: k3-101\n\n\r\n")
    }

    @Test func `a retry comes first`() {
        let event = EncodedEvent(.goaway(.shutdown), id: "k3-1", retry: 1_500)
        #expect(
            text(event, .untilClose) == "retry: 1500\nevent: goaway\nid: k3-1\ndata: {\"reason\":\"shutdown\"}\n\n"
        )
    }

    @Test func `without an id there is no line for it`() {
        #expect(
            text(EncodedEvent(.reset(.gap), id: nil), .untilClose) == "event: reset\ndata: {\"reason\":\"gap\"}\n\n"
        )
    }

    @Test func `hostile names cannot add a line`() throws {
        let tags = [try tag("a\nid: k3-999\n\ndata: x\r\r\u{2028}")]
        let event = EncodedEvent(
            .invalidate(tags: tags, scopes: [.user("a\r\nid: 7")], xids: [], origin: "\n\n"),
            id: "k3-1"
        )
        #expect(text(event, .untilClose).split(separator: "\n", omittingEmptySubsequences: false).count == 5)
        #expect(!text(event, .untilClose).utf8.contains(0x0D))
    }

    @Test func `only chunks need an end`() {
        #expect(String(buffer: Framing.chunked.terminator) == "0\r\n\r\n")
        #expect(Framing.untilClose.terminator.readableBytes == 0)
    }

    @Test func `all streams of one framing share one memory`() throws {
        var event = EncodedEvent(.reset(.gap), id: "k3-1")
        let chunk = event.bytes(.chunked)
        #expect(address(chunk) == address(event.bytes(.chunked)))
        let payload = event.bytes(.untilClose)
        #expect(address(payload) == address(event.bytes(.untilClose)))
        #expect(String(buffer: chunk) == "2e\r\n\(String(buffer: payload))\r\n")
    }
}

/// Where a buffer's readable bytes are in memory.
func address(_ buffer: ByteBuffer) -> Int {
    unsafe buffer.withUnsafeReadableBytes { Int(bitPattern: $0.baseAddress) }
}
