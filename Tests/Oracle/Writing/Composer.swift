import LibPQ
import SeededRandom

/// Decides what a writer does next, as a value: from what it owns comes a statement, and what it owns after it.
struct Composer: Sendable {
    let writer: Int
    private var nextID = 0

    /// Where a bulk insert stops being welcome.
    private static let mostNotes = 400
    private static let mostOthers = 60

    init(writer: Int) { self.writer = writer }

    /// Nil where there is nothing for this kind to work on.
    mutating func step(_ kind: StepKind, on estate: inout Estate, _ random: inout SeededRandom) -> Step? {
        switch kind {
        case .insertNote, .updateNote, .touchNote, .moveNote, .deleteNote, .upsertNote:
            noteStep(kind, on: &estate, &random)
        case .bulkInsert, .bulkUpdate, .bulkDelete: bulkStep(kind, on: &estate, &random)
        case .updateBoard, .renameBoard: boardStep(kind, &random)
        case .insertItem, .updateItem, .moveItem, .deleteItem: itemStep(kind, on: &estate, &random)
        case .insertReading, .insertReadingDirectly, .updateReading, .moveReading, .deleteReading:
            readingStep(kind, on: &estate, &random)
        case .insertScrap: scrapStep(&random)
        case .invalidate: invalidateStep(&random)
        }
    }

    /// Never given out twice, also after a rollback.
    private mutating func newID() -> Int {
        nextID += 1
        return nextID * 16 + writer
    }

    private func user(_ random: inout SeededRandom) -> Int { random.int(1..<World.users + 1) }

    private func pick(_ ids: some Collection<Int>, _ random: inout SeededRandom) -> Int? {
        // Sorted: a dictionary's order is another one in each process.
        ids.isEmpty ? nil : random.pick(ids.sorted())
    }

    // MARK: Notes

    private mutating func noteStep(_ kind: StepKind, on estate: inout Estate, _ random: inout SeededRandom) -> Step? {
        if kind == .insertNote {
            guard estate.notes.count < Self.mostNotes else { return nil }
            let (id, user) = (newID(), user(&random))
            estate.notes[id] = user
            return note(
                "insert",
                "insert into note (id, writer, user_id, body) values ($1, \(writer), $2, md5(random()::text))",
                id,
                user,
                also: []
            )
        }
        let known = kind == .deleteNote ? estate.freeNotes : Array(estate.notes.keys)
        guard let old = pick(known, &random), let owner = estate.notes[old] else { return nil }
        switch kind {
        case .updateNote:
            return note(
                "update",
                "update note set body = md5(random()::text), user_id = $2 where id = $1",
                old,
                owner,
                also: []
            )
        case .touchNote:
            // No counted column changes, so nothing may be told.
            return Step(
                sql: "update note set body = body where id = $1",
                parameters: [.int(old)],
                summary: "touch note \(old)"
            )
        case .moveNote:
            let other = user(&random)
            estate.notes[old] = other
            return note(
                "move",
                "update note set body = md5(random()::text), user_id = $2 where id = $1",
                old,
                other,
                also: [owner]
            )
        case .deleteNote:
            estate.notes[old] = nil
            return note("delete", "delete from note where id = $1 and user_id = $2", old, owner, also: [])
        default:
            let id = random.chance(0.5) ? old : newID()
            let owners = estate.notes[id].map { [$0] } ?? []
            let user = user(&random)
            estate.notes[id] = user
            let sql = """
                insert into note (id, writer, user_id, body) values ($1, \(writer), $2, md5(random()::text))
                on conflict (id) do update set user_id = excluded.user_id, body = excluded.body
                """
            return note("upsert", sql, id, user, also: owners)
        }
    }

    private func note(_ verb: String, _ sql: String, _ id: Int, _ user: Int, also others: [Int]) -> Step {
        var step = Step(sql: sql, parameters: [.int(id), .int(user)], summary: "\(verb) note \(id) of \(user)")
        for user in others + [user] { step.tell("user/\(user)", "notes", "note/\(id)") }
        return step
    }

    private mutating func bulkStep(_ kind: StepKind, on estate: inout Estate, _ random: inout SeededRandom) -> Step? {
        switch kind {
        case .bulkInsert:
            guard estate.notes.count < Self.mostNotes - 150 else { return nil }
            let owners = random.chance(0.5) ? [user(&random)] : Array(1...World.users)
            let new = (0..<random.int(101..<150)).map { index in (newID(), owners[index % owners.count]) }
            var step = Step(
                sql: """
                    insert into note (id, writer, user_id, body)
                    select n.id, \(writer), n.user_id, md5(random()::text)
                    from unnest($1::bigint[], $2::integer[]) as n(id, user_id)
                    """,
                parameters: [.textArray(new.map { "\($0.0)" }), .textArray(new.map { "\($0.1)" })],
                summary: "insert \(new.count) notes of \(owners)"
            )
            for (id, user) in new {
                estate.notes[id] = user
                step.tell("user/\(user)", "notes", "note/\(id)")
            }
            return step
        case .bulkUpdate:
            let owner = user(&random)
            let ids = estate.notes.filter { $0.value == owner }.map(\.key)
            var step = Step(
                sql: "update note set body = md5(random()::text) where writer = \(writer) and user_id = $1",
                parameters: [.int(owner)],
                summary: "update all \(ids.count) notes of \(owner)"
            )
            for id in ids { step.tell("user/\(owner)", "notes", "note/\(id)") }
            return step
        default:
            let ids = estate.freeNotes.filter { _ in random.chance(0.7) }
            guard !ids.isEmpty else { return nil }
            var step = Step(
                sql: "delete from note where id = any ($1::bigint[])",
                parameters: [.textArray(ids.map { "\($0)" })],
                summary: "delete \(ids.count) notes"
            )
            for id in ids {
                if let user = estate.notes.removeValue(forKey: id) { step.tell("user/\(user)", "notes", "note/\(id)") }
            }
            return step
        }
    }

    // MARK: What all writers share

    private func boardStep(_ kind: StepKind, _ random: inout SeededRandom) -> Step {
        let board = random.int(1..<World.boards + 1)
        guard kind == .updateBoard else {
            // A column that does not count.
            return Step(
                sql: "update board set title = md5(random()::text) where id = $1",
                parameters: [.int(board)],
                summary: "rename board \(board)"
            )
        }
        // Reads what others write, so that serializable transactions fail now and then.
        var step = Step(
            sql: "update board set n = n + 1 + (select sum(n) % 7 from board) where id = $1",
            parameters: [.int(board)],
            summary: "update board \(board)"
        )
        step.tell("team/\(World.team(ofBoard: board))", "board/\(board)")
        return step
    }

    private mutating func scrapStep(_ random: inout SeededRandom) -> Step {
        let (id, user) = (newID(), user(&random))
        var step = Step(
            sql: "insert into scrap (id, user_id) values ($1, $2)",
            parameters: [.int(id), .int(user)],
            summary: "insert scrap \(id) of \(user)"
        )
        step.tell("user/\(user)", "scraps", "scrap/\(id)")
        return step
    }

    /// Last in its transaction, since all writers of this table wait for its end.
    static func truncateStep() -> Step {
        var step = Step(sql: "truncate scrap", summary: "truncate scrap")
        step.tell("*", "scraps", "scrap")
        return step
    }

    private mutating func invalidateStep(_ random: inout SeededRandom) -> Step {
        let scope: String
        switch random.int(0..<10) {
        case 0: scope = "*"
        case 1, 2: scope = "global"
        case 3: scope = "team/\(random.int(1..<3))"
        default: scope = "user/\(user(&random))"
        }
        let tags = (0..<random.int(1..<4)).map { _ in "hand/\(newID())\(random.chance(0.2) ? "/a%2Fb" : "")" }
        var step = Step(
            sql: "select freshet.invalidate($1, $2)",
            parameters: [.textArray(tags), .text(scope)],
            summary: "invalidate \(tags) for \(scope)"
        )
        for tag in tags { step.tell(scope, tag) }
        return step
    }

    // MARK: Items, whose owner is found by a join

    private mutating func itemStep(_ kind: StepKind, on estate: inout Estate, _ random: inout SeededRandom) -> Step? {
        if kind == .insertItem {
            guard estate.items.count < Self.mostOthers, let note = pick(estate.notes.keys, &random) else { return nil }
            let id = newID()
            estate.items[id] = note
            return item(
                "insert",
                "insert into item (id, note_id, writer, qty) values ($1, $2, \(writer), 1)",
                id,
                [note],
                estate
            )
        }
        guard let id = pick(estate.items.keys, &random), let old = estate.items[id] else { return nil }
        switch kind {
        case .updateItem:
            return item("update", "update item set qty = qty + 1, note_id = $2 where id = $1", id, [old], estate)
        case .moveItem:
            guard let new = pick(estate.notes.keys, &random) else { return nil }
            estate.items[id] = new
            return item("move", "update item set qty = qty + 1, note_id = $2 where id = $1", id, [old, new], estate)
        default:
            estate.items[id] = nil
            return item("delete", "delete from item where id = $1 and note_id = $2", id, [old], estate)
        }
    }

    /// - Parameter notes: those that it belonged to and belongs to, the last one now.
    private func item(_ verb: String, _ sql: String, _ id: Int, _ notes: [Int], _ estate: Estate) -> Step {
        let note = notes.last ?? 0
        var step = Step(sql: sql, parameters: [.int(id), .int(note)], summary: "\(verb) item \(id) of note \(note)")
        for note in notes {
            if let user = estate.notes[note] { step.tell("user/\(user)", "items", "item/\(id)") }
        }
        return step
    }

    // MARK: Readings, in partitions

    private mutating func readingStep(
        _ kind: StepKind,
        on estate: inout Estate,
        _ random: inout SeededRandom
    ) -> Step? {
        if kind == .insertReading || kind == .insertReadingDirectly {
            guard estate.readings.count < Self.mostOthers else { return nil }
            let (id, user) = (newID(), user(&random))
            estate.readings[id] = user
            let table = kind == .insertReading ? "reading" : World.partition(ofUser: user)
            return reading(
                "insert into \(table)",
                "insert into \(table) (id, writer, user_id) values ($1, \(writer), $2)",
                id,
                [user]
            )
        }
        guard let id = pick(estate.readings.keys, &random), let owner = estate.readings[id] else { return nil }
        switch kind {
        case .updateReading:
            let table = random.chance(0.5) ? "reading" : World.partition(ofUser: owner)
            return reading(
                "update \(table)",
                "update \(table) set v = v + 1 where id = $1 and user_id = $2",
                id,
                [owner]
            )
        case .moveReading:
            let other = user(&random)
            guard other != owner else { return nil }
            estate.readings[id] = other
            return reading("move", "update reading set user_id = $2 where id = $1", id, [owner, other])
        default:
            estate.readings[id] = nil
            return reading("delete", "delete from reading where id = $1 and user_id = $2", id, [owner])
        }
    }

    private func reading(_ verb: String, _ sql: String, _ id: Int, _ users: [Int]) -> Step {
        let user = users.last ?? 0
        var step = Step(sql: sql, parameters: [.int(id), .int(user)], summary: "\(verb) reading \(id) of \(user)")
        for user in users { step.tell("user/\(user)", "readings", "reading/\(id)") }
        return step
    }
}
