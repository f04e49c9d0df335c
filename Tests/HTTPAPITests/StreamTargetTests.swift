import EventStream
import HTTPTypes
import Invalidation
import Testing

@testable import HTTPAPI

@Suite struct StreamTargetTests {
    private func tags(_ path: String) throws -> [String] {
        try StreamTarget(path: path, fields: [:]).filter?.tags.map(\.text) ?? []
    }

    @Test func `tags are a list, and the parameter may be repeated`() throws {
        #expect(try tags("/sse?tags=todos,todo/42&tags=user") == ["todos", "todo/42", "user"])
        #expect(try tags("/sse?tags=todos%2Ctodo%2F42") == ["todos", "todo/42"])
        #expect(try tags("/sse") == [])
        #expect(try tags("/sse?tags=") == [])
    }

    @Test func `a slash, a percent and a comma inside a segment are escaped twice: once as a tag, once as a URL`()
        throws
    {
        #expect(try tags("/sse?tags=file/a%252Fb") == ["file/a%2Fb"])
        #expect(try tags("/sse?tags=file/a%252Cb") == ["file/a,b"])
    }

    @Test(arguments: ["/sse?tags=50%25", "/sse?tags=1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"])
    func `what is no tag is a problem that names it`(path: String) {
        #expect(throws: Problem.self) { try StreamTarget(path: path, fields: [:]) }
    }

    @Test func `the header wins over the query, and an empty one is none`() throws {
        let both = try StreamTarget(path: "/sse?lastEventId=t1-5", fields: [.lastEventID: "t1-7"])
        #expect(both.resume.position?.text == "t1-7")
        let query = try StreamTarget(path: "/sse?lastEventId=t1-5", fields: [.lastEventID: ""])
        #expect(query.resume.position?.text == "t1-5")
        #expect(try StreamTarget(path: "/sse?lastEventId=", fields: [:]).resume == .none)
    }

    @Test(arguments: ["nonsense", "t1-", "-5", "t1-5-6", "t1-99999999999999999999", "t_1-5", "%00", "t1-+5"])
    func `a position that is none is no problem`(text: String) throws {
        #expect(try StreamTarget(path: "/sse?lastEventId=\(text)", fields: [:]).resume == .unknown)
    }
}
