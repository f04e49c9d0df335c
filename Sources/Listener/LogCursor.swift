/// What of the log is left to polls, and how much of that has been read.
///
/// Under delivery `notify` polls have nothing to do, but for the transactions that began under `poll` and still run: they
/// leave to the log what nobody notifies. Each took its id before it looked at how to deliver, so a snapshot that shows
/// `notify` bounds all of them (`migrations/0014_delivery.sql`). Nothing tells at a connection's begin whether there are
/// any, so where the delivery was ever switched, every transaction that was running then counts as one.
struct LogCursor: Sendable {
    private enum Extent: Sendable {
        /// Delivery is `poll`.
        case everything

        /// Delivery is `notify`; a transaction below may have left its news to the log.
        case below(UInt64)

        /// Delivery is `notify`, and no such transaction runs any more.
        case nothing
    }

    private var extent = Extent.nothing
    private var seen = Snapshot(upTo: 0)
    private var completeFrom: UInt64?
    private var switches: UInt64 = 0
    private var generation = 0
    private var suspicions = 0

    /// Whether the delivery may have been switched since it was last looked at.
    private var isUnsure = false

    /// Begins at a new connection, whose first snapshot has been read whole.
    mutating func attach(_ catchUp: CatchUp) {
        generation += 1
        isUnsure = false
        completeFrom = catchUp.logCompleteFrom
        switches = catchUp.switches
        seen = catchUp.snapshot
        extent = .everything
        if catchUp.switches == 0 { extent = .nothing } else if !catchUp.polled { narrow() }
    }

    /// The setting may have been changed. A poll that is under way may have looked before that.
    mutating func suspect() {
        suspicions += 1
        if case .everything = extent { return }
        isUnsure = true
    }

    /// What is to be read next; nil where nothing is left to polls.
    var request: LogRequest? {
        switch extent {
        case .everything: request(limit: nil, statusOnly: false)
        case .below(let limit): request(limit: limit, statusOnly: false)
        case .nothing: isUnsure ? request(limit: nil, statusOnly: true) : nil
        }
    }

    private func request(limit: UInt64?, statusOnly: Bool) -> LogRequest {
        LogRequest(
            seen: seen,
            limit: limit,
            statusOnly: statusOnly,
            generation: generation,
            suspicions: suspicions
        )
    }

    /// Whether polls read all that is committed, so that nothing has to be heard.
    var readsEverything: Bool { if case .everything = extent { true } else { false } }

    /// Everything of a transaction below has been read, as far as it is left to polls.
    var bound: UInt64 {
        switch extent {
        case .everything: seen.xmin
        case .below: seen.running.first ?? .max
        case .nothing: .max
        }
    }

    /// Whether the log may hold what was committed earlier than something that is heard now.
    var mayBeBehind: Bool { if case .nothing = extent { isUnsure } else { true } }

    /// Whether rows that were not read may have been deleted. The answer is given once for each deletion, for the next
    /// connection begins with what is left.
    mutating func hasLost(_ page: LogPage) -> Bool {
        guard page.completeFrom != completeFrom else { return false }
        completeFrom = page.completeFrom
        guard bound < .max else { return false }
        return page.completeFrom.map { $0 > bound } ?? true
    }

    /// The last page of a poll has been read.
    ///
    /// - Parameter horizon: below which everything has been told.
    /// - Returns: whether all that was left to the log has been read, as of a moment after the request.
    mutating func finish(_ page: LogPage, of request: LogRequest, horizon: UInt64) -> Bool {
        // Another connection has come between, or another extent: what was read is told, and read once more.
        guard request.generation == generation else { return false }
        // A word about the settings that came since may be about a switch that this page did not see.
        let isCurrent = request.suspicions == suspicions
        if case .everything = extent {
            seen = page.snapshot
            switches = page.switches
            if !page.polled, isCurrent { narrow() }
            return true
        }
        guard !page.polled, page.switches == switches else {
            begin(from: horizon, page)
            return false
        }
        if isCurrent { isUnsure = false }
        if case .below(let limit) = extent {
            seen = page.snapshot.below(limit)
            if seen.running.isEmpty { extent = .nothing }
        }
        return true
    }

    /// The delivery has been switched: what was committed since stands in the log alone, and from where on is not known.
    private mutating func begin(from horizon: UInt64, _ page: LogPage) {
        generation += 1
        isUnsure = false
        switches = page.switches
        seen = Snapshot(upTo: horizon)
        extent = .everything
        // What was pruned while nothing was read has not been looked at; the next page is.
        completeFrom = 0
    }

    /// Delivery is `notify` in the snapshot that has been read.
    private mutating func narrow() {
        generation += 1
        extent = seen.running.isEmpty ? .nothing : .below(seen.xmax)
    }
}
