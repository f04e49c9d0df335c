/// What can go wrong, by the names that `soak --faults` takes.
package enum FaultKind: String, Sendable, CaseIterable {
    /// `pg_terminate_backend` for the service's connections.
    case terminate
    case fast
    case immediate
    /// SIGKILL to one backend, after which PostgreSQL ends all others and recovers.
    case crash
    /// A standby is promoted in the primary's place.
    case promote
    case kill
    /// SIGSTOP past every timeout, then SIGCONT.
    case freeze
    case databaseStall = "db-stall"
    case databaseDrop = "db-drop"
    case databaseHalfClose = "db-half-close"
    /// Connections are accepted, and never answered.
    case databaseSilence = "db-silence"
    case databaseRefuse = "db-refuse"
    case clientStall = "net-stall"
    case clientDrop = "net-drop"
    case clientHalfClose = "net-half-close"
    case clientSilence = "net-silence"
    case clientRefuse = "net-refuse"
    /// A session that sits in a transaction after LISTEN.
    case idleListener = "idle-listener"
    case forgery
    case prune
    /// The log is switched off and on again.
    case logOff = "log-off"
    case delivery
    /// More for one user than sockets hold, while some of its clients do not read.
    case flood
    case clock
    case revoke
    /// All deliveries are held for a while.
    case pause
    /// The deliveries of a tag are dropped for a while.
    case disable

    /// What must not be struck twice at once.
    enum Target: Hashable, Sendable {
        case server, history, delivery, clock, sessions, flood, pause, disabled, nothing
        case replica(Int), databaseLink(Int), clientLink(Int)
    }

    /// - Parameter replica: which of the two is struck, where it is one.
    func target(_ replica: Int) -> Target {
        switch self {
        case .terminate, .idleListener, .forgery: .nothing
        case .fast, .immediate, .crash, .promote: .server
        case .kill, .freeze: .replica(replica)
        case .databaseStall, .databaseDrop, .databaseHalfClose, .databaseSilence, .databaseRefuse:
            .databaseLink(replica)
        case .clientStall, .clientDrop, .clientHalfClose, .clientSilence, .clientRefuse: .clientLink(replica)
        case .prune, .logOff: .history
        case .delivery: .delivery
        case .flood: .flood
        case .clock: .clock
        case .revoke: .sessions
        case .pause: .pause
        case .disable: .disabled
        }
    }

    /// Whether it costs every client a refetch of all, which is no proof of anything else.
    var isHarsh: Bool { [.immediate, .crash, .promote, .logOff].contains(self) }

    /// Those that a run in this mode can have on this machine.
    package static func possible(_ delivery: Delivery) -> [FaultKind] {
        allCases.filter { kind in
            switch kind {
            case .delivery: delivery == .both
            // Delivery `poll` has nothing but the log.
            case .logOff: delivery == .notify
            case .clock: ServiceClock.isSettable
            default: true
            }
        }
    }
}
