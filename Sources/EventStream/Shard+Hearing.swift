import Invalidation

/// What an operator asks of the streams of one event loop.
extension Shard {
    /// Who hears an invalidation that is handed in now.
    ///
    /// The work has a bound: of a scope that many hear, the first streams are looked at and the others are counted.
    func report(on invalidation: Invalidation) -> HearingReport {
        var report = HearingReport()
        report.isPaused = isPaused
        report.disabled = invalidation.tags.filter { controls.disabled.covers($0) }
        guard let told = invalidation.without(controls.disabled) else {
            report.isDropped = true
            return report
        }
        let streams = streams(.scope(told.scope))
        report.unexamined = max(streams.count - HearingReport.examined, 0)
        for stream in streams.prefix(HearingReport.examined) {
            guard stream.hears(told) else {
                report.filtered += 1
                continue
            }
            report.count(Self.hearer(stream.session.session, of: told.scope))
        }
        return report
    }

    private static func hearer(_ session: Session?, of scope: Scope) -> (user: String?, reason: HearingReport.Reason) {
        let reason: HearingReport.Reason =
            switch scope {
            case .everyone: .everyone
            case .global: .global
            case session.map({ Scope.user($0.userID) }): .ownUser
            default: .extraScope
            }
        return (session?.userID, reason)
    }

    /// Ends every stream of a user.
    ///
    /// - Returns: how many there were.
    func end(user: String) -> Int {
        // All of them hear their user's own scope; so may others, of another user.
        let own = streams(.scope(.user(user))).filter { $0.session.session?.userID == user }
        for stream in own { stream.end(.revoked) }
        return own.count
    }
}

extension ClientStream {
    /// Whether its filter lets any of it pass.
    fileprivate func hears(_ invalidation: Invalidation) -> Bool {
        guard let filter, !invalidation.coversAll else { return true }
        return invalidation.tags.contains { filter.passes($0) }
    }
}
