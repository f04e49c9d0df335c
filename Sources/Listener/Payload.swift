import Invalidation

/// What a notification on channel `freshet` says (CONTRACT.md §4).
///
/// Anybody who can log in may have written it, so nothing in it is believed but what ``Proof`` confirms; the rest can
/// cause a refetch, or another look at a table.
enum Payload: Sendable, Hashable {
    case invalidation(Invalidation, claim: Claim?)
    case signal(SessionSignal)

    /// The heartbeat of some replica.
    case beat(nonce: String, claim: Claim?)

    /// A setting has been changed: look at it again.
    case settings

    /// A message that other versions send; nothing to do for this one.
    case other

    /// A transaction and its horizon, as the payload has them, with the proof that the trigger wrote beside them.
    struct Claim: Sendable, Hashable {
        let xid: UInt64
        let horizon: UInt64
        let proof: String
    }

    /// The ways in which a payload can be bad; each is logged once.
    enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        case notJSON(JSONScanner.Failure)
        case noTags
        case badScope

        /// A row of the log; everybody is told to refetch all.
        case unreadableRow

        /// What is counted as one kind.
        var kind: String {
            switch self {
            case .notJSON: "not the expected JSON"
            case .noTags: "no tags"
            case .unreadableRow: "a row of the log that this version does not know"
            case .badScope: "no scope, or none of the form kind/id"
            }
        }

        var description: String {
            if case .notJSON(let failure) = self { "\(kind): \(failure)" } else { kind }
        }
    }

    init(_ text: String) throws(Fault) {
        var fields = PayloadFields()
        do throws(JSONScanner.Failure) {
            var scanner = JSONScanner(text)
            try scanner.object { (name, scanner) throws(JSONScanner.Failure) in try fields.read(name, from: &scanner) }
            try scanner.end()
        } catch {
            throw .notJSON(error)
        }
        self = try fields.payload()
    }
}
