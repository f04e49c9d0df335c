import HTTPTypes
import NIOCore

/// A whole response that can be written at once, whatever carries it.
struct Answer: Sendable {
    let head: HTTPResponse
    let body: ByteBuffer

    init(_ status: HTTPResponse.Status, _ fields: HTTPFields, _ body: ByteBuffer) {
        var head = HTTPResponse(status: status, headerFields: fields)
        head.headerFields[.contentLength] = "\(body.readableBytes)"
        self.head = head
        self.body = body
    }
}
