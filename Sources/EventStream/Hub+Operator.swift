package import Invalidation

/// What an operator sees of the streams and does to them.
extension Hub {
    /// Who hears an invalidation that is published now.
    package func report(on invalidation: Invalidation) async -> HearingReport {
        await withCheckedContinuation { continuation in
            reports(on: [invalidation]) { continuation.resume(returning: $0[0]) }
        }
    }

    /// The same of several, asked of every loop behind all that has been published before.
    ///
    /// - Parameter answer: called once, on one of the loops.
    package func reports(
        on invalidations: [Invalidation],
        answer: @escaping @Sendable ([HearingReport]) -> Void
    ) {
        lookAtEachLoop { shard in
            invalidations.map { shard.report(on: $0) }
        } answer: { parts in
            var reports = parts[0]
            for part in parts.dropFirst() {
                for (index, report) in part.enumerated() { reports[index].add(report) }
            }
            answer(reports)
        }
    }

    /// Ends every stream of a user, as if the session had been revoked, which it has not: whoever may comes back.
    ///
    /// - Returns: how many there were.
    package func endStreams(of user: String) async -> Int {
        await withCheckedContinuation { continuation in
            endStreams(of: user) { continuation.resume(returning: $0) }
        }
    }

    /// - Parameter answer: called once with how many there were, on one of the loops.
    package func endStreams(of user: String, answer: @escaping @Sendable (Int) -> Void) {
        // In its place among the deliveries: nothing that is published after this is told to them.
        let gathering = Gathering(shards.count) { answer($0.reduce(0, +)) }
        onEachLoop { gathering.add($0.end(user: user)) }
    }

    // MARK: Watching

    /// Begins to keep what passes for one watcher; nil where there are too many already.
    ///
    /// Whoever gets it gives it back with ``unwatch(_:)``.
    package func watch() -> PassingWatch? { onlookers.join() }

    package func unwatch(_ watch: PassingWatch) { onlookers.leave(watch) }

    /// How many watch.
    package var watchers: Int { onlookers.count }

    /// What occurs most often, counted while somebody watches.
    package func busiest(_ most: Int) -> BusyList { onlookers.busiest(most) }

    /// Finds out who heard a batch that has just been handed to the shards.
    ///
    /// It is asked behind the delivery, which does not wait for it; a stream that the delivery has closed is not counted.
    func account(for batch: [Invalidation]) {
        let noted = Array(batch.prefix(onlookers.note(batch)))
        guard !noted.isEmpty else { return }
        reports(on: noted) { [onlookers] reports in
            onlookers.tell(zip(noted, reports).map { .init(invalidation: $0, report: $1) })
        }
    }
}
