import SeededRandom

/// How a client treats one of its connections.
enum Temper: Sendable {
    /// Reads all as it comes.
    case steady(Duration)
    /// Takes its time over each event.
    case slow(Duration)
    /// Reads nothing for a while, so that the service cannot write.
    case deaf(after: Duration, for: Duration)

    /// - Parameter isHasty: whether it is one of those that come and go all the time: what is committed at the moment of
    ///   their coming must be either in the replay or live.
    init(_ random: inout SeededRandom, isHasty: Bool) {
        if isHasty, random.chance(0.9) {
            self = .steady(.milliseconds(random.int(5..<250)))
            return
        }
        switch random.int(0..<10) {
        case 0..<5: self = .steady(.milliseconds(random.int(100..<8_000)))
        case 5..<7: self = .slow(.milliseconds(random.int(1_000..<8_000)))
        default:
            self = .deaf(after: .milliseconds(random.int(0..<1_000)), for: .milliseconds(random.int(500..<5_000)))
        }
    }
}
