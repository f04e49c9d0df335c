import LibPQ
import Testing

@Suite(.timeLimit(.minutes(1))) struct QueryTests {
    @Test func `a statement is answered with its rows`() async throws {
        try await Connection.withConnection(ThrowawayServer.shared.info) { connection in
            let rows = try await connection.query("select $1::int as n, 'x' as t", [7])
            #expect(rows.count == 1)
            #expect(try rows[0].decode("n", as: Int.self) == 7)
            let (n, t) = try rows[0].decode(Int.self, String.self)
            #expect(n == 7)
            #expect(t == "x")
        }
    }
}
