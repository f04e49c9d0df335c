import EventStream
import Invalidation

/// A browser through all its connections: what it was told, and what it must still be told.
struct Watcher {
    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    var session: LiveSession
    let filter: TagFilter?
    var client: Client?

    /// The id that it would come back with.
    private(set) var lastID: String?

    /// What was committed in its grants since it began and it was not told of.
    private(set) var owed: [Int: Database.Committed] = [:]

    /// Whether its grants changed under its stream, and it was not yet told to reset.
    var isOwedReset = false

    private var hasSaidGoodbye = false

    init(_ session: LiveSession, filter: TagFilter?) {
        self.session = session
        self.filter = filter
    }

    var resume: StreamRequest.Resume { lastID.flatMap(Position.init(text:)).map { .position($0) } ?? .none }

    /// Notes a commit that it has to be told of.
    mutating func note(_ entry: Database.Committed) {
        guard lastID != nil, isOwed(entry) else { return }
        owed[entry.ordinal] = entry
    }

    /// Forgets what its grants no longer cover.
    mutating func forgetLostScopes() {
        let grants = session.grants
        owed = owed.filter { grants.hears($0.value.invalidation.scope) }
    }

    mutating func disconnect() {
        client?.disconnect()
        client = nil
        isOwedReset = false
        hasSaidGoodbye = false
    }

    /// Takes in what came, checking each event against what is true.
    mutating func receive(writes limit: Int = .max, of database: Database) throws {
        for event in try client?.readAll(writes: limit) ?? [] { try take(event, of: database) }
        if let client, !client.isConnected { disconnect() }
    }

    private mutating func take(_ event: ServerEvent, of database: Database) throws {
        if hasSaidGoodbye { throw Wrong(description: "told after goaway: \(event)") }
        let data = event.data ?? ""
        switch event.name {
        case "welcome":
            // A client that is welcomed anew knows of everything before by fetching it.
            if data.hasSuffix("\"resumed\":false}") { owed = [:] }
            isOwedReset = false
        case "reset":
            owed = [:]
            isOwedReset = false
        case "goaway":
            hasSaidGoodbye = true
        case "invalidate":
            for match in data.matches(of: /\["t\d",(\d+)\]/) {
                guard let ordinal = Int(match.1) else { continue }
                let entry = database.committed[ordinal]
                if !isOwed(entry) { throw Wrong(description: "told of \(entry.invalidation.scope) without a grant") }
                owed[ordinal] = nil
            }
        default: break
        }
        try check(event)
        lastID = event.id
    }

    /// An id never promises more than has been written: whoever comes back with it must be told all that is owed.
    private func check(_ event: ServerEvent) throws {
        guard let id = event.id, let position = Position(text: id) else {
            throw Wrong(description: "no position: \(event)")
        }
        for entry in owed.values where id != lastID && position.isPast(entry) {
            throw Wrong(description: "\(event) promises \(entry.invalidation) of \(entry.xid), which was not told")
        }
        if isOwedReset, id != lastID { throw Wrong(description: "\(event) promises the reset that was not told") }
    }

    private func isOwed(_ entry: Database.Committed) -> Bool {
        guard session.grants.hears(entry.invalidation.scope) else { return false }
        return entry.invalidation.coversAll || entry.invalidation.tags.contains { filter?.passes($0) ?? true }
    }
}

extension Position {
    /// Whether a client that comes back with this is not told of the entry. It is where the entry was committed on a
    /// later timeline, because then it is told to reset.
    fileprivate func isPast(_ entry: Database.Committed) -> Bool {
        entry.timeline == timeline ? entry.xid < horizon : entry.timeline.name < timeline.name
    }
}
