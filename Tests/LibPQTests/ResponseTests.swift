import CLibPQ
import Testing

@testable import LibPQ

@Suite struct ResponseTests {
    private func result(_ status: ExecStatusType) throws -> ResultHandle {
        unsafe ResultHandle(owning: try #require(PQmakeEmptyPGresult(nil, status)))
    }

    /// Feeds the results, and names what each of them led to.
    private func progress(of response: inout Response, _ statuses: [ExecStatusType?]) throws -> [String] {
        try statuses.map { status in
            switch response.receive(try status.map { try result($0) }) {
            case .more: "more"
            case .finished: "finished"
            case .copyIn: "copyIn"
            case .copyOut: "copyOut"
            case .broken(let error): "broken: \(error)"
            case .lost: "lost"
            }
        }
    }

    @Test func `a statement ends when there are no more results`() throws {
        var response = Response(to: .script(""))
        #expect(try progress(of: &response, [PGRES_TUPLES_OK, PGRES_COMMAND_OK, nil]) == ["more", "more", "finished"])
        #expect(response.answer.count == 2)
    }

    @Test func `a pipeline ends at the last synchronisation point`() throws {
        let parameters = try EncodedParameters([])
        var response = Response(to: .pipeline([("", parameters), ("", parameters)], .text))
        let one: [ExecStatusType?] = [PGRES_TUPLES_OK, nil, PGRES_PIPELINE_SYNC]
        #expect(try progress(of: &response, one + one) == ["more", "more", "more", "more", "more", "finished"])
        #expect(response.answer.count == 2)
    }

    @Test func `a pipeline that ends early is an error, and not waited for`() throws {
        var response = Response(to: .pipeline([("", try EncodedParameters([]))], .text))
        let seen = try progress(of: &response, [PGRES_TUPLES_OK, nil, nil])
        #expect(seen.last?.hasPrefix("broken: PostgreSQL answered out of turn") == true)
    }

    @Test func `an error of libpq's own is the end of the connection`() throws {
        var response = Response(to: .script(""))
        #expect(try progress(of: &response, [PGRES_FATAL_ERROR]) == ["lost"])
        #expect(response.answer.isEmpty)
    }

    @Test func `a COPY is refused once, and its results are not an answer`() throws {
        var response = Response(to: .script(""))
        let seen = try progress(of: &response, [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COMMAND_OK, nil])
        #expect(seen == ["copyIn", "copyOut", "more", "finished"])
        #expect(response.answer.count == 1)
    }
}
