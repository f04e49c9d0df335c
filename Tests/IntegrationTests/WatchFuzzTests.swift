import LibPQ
import SeededRandom
import TestSupport
import Testing

/// Random statements on a table with random watches, against ``WatchModel``; a seed that failed fails again.
@Suite(.timeLimit(.minutes(20))) struct WatchFuzzTests {
    @Test(arguments: 0..<8)
    func `random statements tell what the contract says`(seed: Int) async throws {
        var random = SeededRandom(seed: UInt64(seed))
        let hasKey = seed % 4 < 2
        let columns = [nil, ["k"], ["j"], nil, ["u", "j"]][seed % 5]
        let model = WatchModel(
            tags: (seed % 3 == 0 ? [] : ["all"]) + ["a/:id", "k/:k/x", "p/:id/:u"],
            scopes: seed % 2 == 0 ? ["user/:u", "kind/:k"] : ["user/:u"],
            columns: columns
        )
        func array(_ texts: [String]) -> String { "array[\(texts.map { "'\($0)'" }.joined(separator: ","))]::text[]" }
        try await Twins.withTwins(
            Twins.Delivery.allCases[seed % Twins.Delivery.allCases.count],
            setUp: "create table thing (id int\(hasKey ? " primary key" : ""), u int, k text, j json)",
            watch: """
                select freshet.watch('thing', \(array(model.tags)), \(array(model.scopes)), \(columns.map(array) ?? "null"))
                """
        ) { twins in
            try await twins.database.psql("select freshet.configure('max_tags', '9999')")
            var rows: [WatchModel.Row] = []
            for _ in 0..<80 {
                let statement = Statement.random(hasKey: hasKey, ids: rows.compactMap { $0["id"] ?? nil }, &random)
                let before = rows
                let told = try await twins.told(statement.sql)
                rows = try await twins.rows("select id, u, k, j from thing order by thing::text")
                let exactly =
                    switch statement.kind {
                    case .update: model.toldOfUpdate(from: before, to: rows)
                    case .insertOrDelete, .several: model.toldAtLeast(from: before, to: rows)
                    }
                if statement.kind == .several {
                    #expect(told.isSuperset(of: exactly), "seed \(seed): \(statement.sql)")
                } else {
                    #expect(told == exactly, "seed \(seed): \(statement.sql)")
                }
            }
        }
    }

    /// A statement on `thing`, and how exactly what it tells is known from the rows before and after it.
    private struct Statement {
        enum Kind { case insertOrDelete, update, several }

        var kind: Kind
        var sql: String

        static func random(hasKey: Bool, ids: [String], _ random: inout SeededRandom) -> Statement {
            let values = ["null", "''", "'a'", "'b'", "'é\"x'", "'A/b'"]
            let some = ids.isEmpty ? "1" : random.pick(ids)
            let filter = random.pick([
                "true", "id % \(random.int(2..<5)) = 0", "id = \(some)", "u = \(random.int(1..<5))",
            ])
            func newID(_ random: inout SeededRandom) -> Int {
                guard hasKey else { return random.int(1..<40) }
                let free = (1..<400).filter { !ids.contains(String($0)) }
                return random.pick(Array(free))
            }
            switch random.int(0..<20) {
            case 0..<6:
                let new = Set((0..<random.pick([1, 1, 1, 2, 5])).map { _ in newID(&random) }).sorted()
                let rows = new.map { id in
                    let user = random.pick(["null", "1", "2", "3", "4"])
                    return "(\(id), \(user), \(random.pick(values)), \(random.pick(["null", "'{}'", "'{ }'"])))"
                }
                return Statement(kind: .insertOrDelete, sql: "insert into thing values \(rows.joined(separator: ", "))")
            case 6..<15:
                var sets = [
                    "u = \(random.pick(["null", "u", "u % 4 + 1", "2"]))", "k = \(random.pick(["k"] + values))",
                    "j = \(random.pick(["j", "'{}'", "'{ }'", "null"]))",
                ]
                if !hasKey { sets.append("id = \(random.pick(["id", "id + 1", "null"]))") }
                if hasKey, filter.hasPrefix("id =") { sets.append("id = \(newID(&random))") }
                let chosen = sets.shuffled(using: &random).prefix(random.int(1..<4)).joined(separator: ", ")
                return Statement(kind: .update, sql: "update thing set \(chosen) where \(filter)")
            case 15..<18:
                return Statement(kind: .insertOrDelete, sql: "delete from thing where \(filter)")
            default:
                let both =
                    hasKey
                    ? "insert into thing values (\(some), 2, 'up', null) on conflict (id) do update set u = excluded.u"
                    : "with x as (delete from thing where \(filter) returning *) insert into thing select id, u % 3 + 1, k, j from x"
                return Statement(kind: .several, sql: both)
            }
        }
    }
}

extension Twins {
    /// The rows of the watched twin, by column.
    fileprivate func rows(_ query: String) async throws -> [WatchModel.Row] {
        let rows = try await watched.query(query)
        return try rows.map { row in
            try rows.columns.enumerated().reduce(into: [:]) { values, column in
                values[column.element.name] = .some(try row.decode(at: column.offset, as: String?.self))
            }
        }
    }
}
