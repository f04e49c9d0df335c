import SeededRandom

/// How a client treats one of its connections.
enum Temper: Sendable {
    /// Reads all as it comes.
    case steady(Duration)
    /// Takes its time over each event.
    case slow(Duration)
    /// Reads nothing for a while, so that the service cannot write.
    case deaf(after: Duration, for: Duration)

    init(_ random: inout SeededRandom) {
        switch random.int(0..<10) {
        case 0..<5: self = .steady(.milliseconds(random.int(100..<8_000)))
        case 5..<7: self = .slow(.milliseconds(random.int(1_000..<8_000)))
        default:
            self = .deaf(after: .milliseconds(random.int(0..<1_000)), for: .milliseconds(random.int(500..<5_000)))
        }
    }
}
