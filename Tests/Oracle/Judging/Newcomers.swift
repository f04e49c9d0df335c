/// The transactions that were under way when a timeline began, whose notifications name no transaction.
///
/// Their payloads were proven with the secret of the timeline before, so that the service delivers them as it does those
/// that are written by hand: told, and without `txids`. When a timeline began is not known, but it had when a client
/// first saw an id of it.
struct Newcomers: Sendable {
    /// By timeline and tag: their indices in ``Attempts/all``.
    private var byTag: [String: [Int: [Int]]] = [:]

    init(_ attempts: Attempts, _ records: [ClientRecord]) {
        var firstSeen: [String: Moment] = [:]
        for record in records {
            for case (let at, .id(let position)) in record.entries {
                firstSeen[position.timeline] = min(at, firstSeen[position.timeline] ?? at)
            }
        }
        for (timeline, moment) in firstSeen {
            let before = attempts.all.indices.filter { attempts.all[$0].began < moment }
            let incarnation = before.map { attempts.all[$0].incarnation }.max()
            for index in before where attempts.all[index].incarnation == incarnation {
                var tags: Set<Int> = []
                for tag in attempts.all[index].told.values.joined() {
                    attempts.tags.number(of: tag).map { tags.formUnion(attempts.tags.covering[$0]) }
                }
                for tag in tags { byTag[timeline, default: [:]][tag, default: []].append(index) }
            }
        }
    }

    func told(_ tag: Int, in timeline: String?) -> [Int] { timeline.flatMap { byTag[$0]?[tag] } ?? [] }
}
