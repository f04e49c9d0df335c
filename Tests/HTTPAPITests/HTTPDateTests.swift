import Testing

@testable import HTTPAPI

@Suite struct HTTPDateTests {
    @Test func `a date is told as RFC 9110 writes it`() {
        #expect(HTTPDate.text(unix: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test func `the first second of all has a date`() {
        #expect(HTTPDate.text(unix: 0) == "Thu, 01 Jan 1970 00:00:00 GMT")
    }
}
