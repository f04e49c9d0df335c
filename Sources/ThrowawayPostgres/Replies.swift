/// What the supervisor has said so far, and who waits for it.
struct Replies {
    typealias Waiter = CheckedContinuation<String, any Error>

    private struct Open {
        let step: String
        var waiter: Waiter?
        var value = ""
        var complaints: [String] = []
    }

    private var open: [Int: Open] = [:]
    private var count = 0
    private var hasEnded = false

    /// A command's number; 0 is the greeting, which nobody has to ask for.
    mutating func next() -> Int {
        count += 1
        return count
    }

    enum Registration {
        case waiting
        case ended(ClusterError)
    }

    mutating func register(_ number: Int, step: String, _ waiter: Waiter) -> Registration {
        guard !hasEnded else { return .ended(.supervisorEnded(step)) }
        open[number] = Open(step: step, waiter: waiter)
        return .waiting
    }

    /// Who is to be resumed with what, once a reply is complete.
    mutating func handle(line: String) -> (waiter: Waiter, result: Result<String, any Error>)? {
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard words.count >= 2, let number = Int(words[0]), open[number] != nil else { return nil }
        let rest = words.count > 2 ? words[2] : ""
        switch words[1] {
        case "=": open[number]?.value = rest
        case "|": open[number]?.complaints.append(rest)
        case "ok", "failed":
            guard let reply = open.removeValue(forKey: number), let waiter = reply.waiter else { return nil }
            if words[1] == "ok" { return (waiter, .success(reply.value)) }
            let output = reply.complaints.joined(separator: "\n")
            return (waiter, .failure(ClusterError.failed(step: reply.step, output: output)))
        default: break
        }
        return nil
    }

    /// Everyone who waits when the supervisor is gone.
    mutating func end() -> [(waiter: Waiter, error: ClusterError)] {
        hasEnded = true
        defer { open = [:] }
        return open.values.compactMap { reply in
            reply.waiter.map { ($0, ClusterError.supervisorEnded(reply.step)) }
        }
    }
}
