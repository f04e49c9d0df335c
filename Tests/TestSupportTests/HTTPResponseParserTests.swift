import TestSupport
import Testing

@Suite struct HTTPResponseParserTests {
    private func parts(_ text: String, method: String = "GET") throws -> [HTTPResponseParser.Part] {
        var parser = HTTPResponseParser(method: method)
        return try parser.consume(Array(text.utf8))
    }

    /// Bodies joined, so that pieces of any size can be compared.
    private func joined(_ parts: [HTTPResponseParser.Part]) -> (status: Int?, body: String, ended: Bool) {
        var result: (status: Int?, body: String, ended: Bool) = (nil, "", false)
        for part in parts {
            switch part {
            case .head(let head): result.status = head.status
            case .body(let bytes): result.body += String(decoding: bytes, as: UTF8.self)
            case .end: result.ended = true
            }
        }
        return result
    }

    @Test func `a head is read with its fields`() throws {
        let text = "HTTP/1.1 200 OK\r\nA: 1\r\nvary:  x , y\t\r\nVary: z\r\nE:\r\n\r\n"
        guard case .head(let head)? = try parts(text).first else {
            Issue.record("the first part is no head")
            return
        }
        #expect(head.status == 200)
        #expect(head.reason == "OK")
        #expect(head["a"] == "1")
        #expect(head["Vary"] == "x , y, z")
        #expect(head["e"] == "")
        #expect(head["b"] == nil)
    }

    @Test func `each chunk is a piece of its own`() throws {
        let text =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\nT: 1\r\n\r\n"
        let parts = try parts(text).dropFirst()
        #expect(Array(parts) == [.body(Array("abc".utf8)), .body(Array("0123456789".utf8)), .end])
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\n\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nContent-Length: 4\r\n\r\nabc\n",
    ]) func `pieces of one byte give what the whole gives`(_ text: String) throws {
        var parser = HTTPResponseParser()
        let result = joined(try text.utf8.flatMap { try parser.consume([$0]) })
        #expect(result == (200, "abc\n", true))
        #expect(joined(try parts(text)) == (200, "abc\n", true))
    }

    @Test func `a body without a length ends with the connection`() throws {
        var parser = HTTPResponseParser()
        #expect(joined(try parser.consume(Array("HTTP/1.1 200 OK\r\n\r\nabc".utf8))) == (200, "abc", false))
        #expect(try parser.finish() == [.end])
    }

    @Test(arguments: ["HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n"])
    func `some statuses have no body`(_ text: String) throws {
        #expect(joined(try parts(text)).ended)
    }

    @Test func `HEAD has no body`() throws {
        #expect(joined(try parts("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", method: "HEAD")).ended)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "HTTP/1.1 200 OK\r\nA:", "",
    ]) func `a connection that ends too early is an error`(_ text: String) throws {
        var parser = HTTPResponseParser()
        _ = try parser.consume(Array(text.utf8))
        #expect(throws: HTTPResponseParser.Malformed.self) { try parser.finish() }
    }

    @Test(arguments: [
        "HTTP/1.1 OK\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 200 OK\n\r\n", "HTTP/1.1 200 OK\r\nA : 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nA\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
    ]) func `what no sound server sends is an error`(_ text: String) {
        #expect(throws: HTTPResponseParser.Malformed.self) { try parts(text) }
    }
}
