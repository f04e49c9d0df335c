import Foundation
import LibPQ
import SeededRandom
import TestSupport

/// Somebody who may log in and no more, and so may NOTIFY what he likes (CONTRACT.md §2).
struct Forger: Sendable {
    private let world: World
    private let stage: Stage

    init(_ world: World, _ stage: Stage) {
        self.world = world
        self.stage = stage
    }

    func run(_ random: inout SeededRandom) async throws {
        let seed = random.next()
        try await withDeadline("the forger", within: .seconds(20)) {
            try await Connection.withConnection(try world.forger()) { connection in
                var random = SeededRandom(seed: seed)
                let overheard = await overhear(connection)
                for number in 0..<random.int(20..<200) {
                    let payload = payload(number, overheard, &random)
                    _ = try await connection.query("select pg_notify('freshet', $1)", [.text(payload)])
                    // Not all at once: each word about sessions holds streams for as long as a lookup takes.
                    await stage.pause(.milliseconds(random.int(0..<30)))
                }
            }
        }
    }

    /// True payloads, with true proofs.
    private func overhear(_ connection: Connection) async -> [String] {
        let heard = Mailbox<String>(keeping: 50)
        _ = try? await withDeadline("payloads", within: .milliseconds(400)) {
            try await connection.withNotifications(on: "freshet", limit: 10_000) { notifications in
                for try await case .notifications(let batch) in notifications {
                    for notification in batch { heard.put(notification.payload) }
                }
            }
        }
        heard.finish()
        var payloads: [String] = []
        while let payload = try? await heard.next() { payloads.append(payload) }
        return payloads
    }

    private func payload(_ number: Int, _ overheard: [String], _ random: inout SeededRandom) -> String {
        let scope = random.pick(["global", "*", "team/1", "user/1", "user/2", "user/3", "user/6"])
        let tag = ForgedTag.json(scope: scope, number: number)
        switch random.int(0..<14) {
        case 0: return String(random.text(upTo: 200).unicodeScalars.filter { $0 != "\0" })
        case 1:
            return random.pick(["{", "[]", "null", #"{"tags":7}"#, #"{"tags":[[]],"scope":5}"#, #"{"tags":[[{}]]}"#])
        case 2, 12, 13: return #"{"user":"*"}"#
        case 3: return #"{"user":"\#(random.int(1..<7))"}"#
        case 4: return #"{"session":"x"}"#
        case 5: return #"{"control":"settings"}"#
        case 6: return #"{"beat":"1f","xid":"\#(UInt64.max)","horizon":"\#(UInt64.max)","proof":"00"}"#
        case 7: return #"{"tags":[\#(tag)],"scope":"\#(scope)"}"#
        case 8:
            let horizon = random.pick([0, 1 << 40, UInt64.max])
            let proof = String(repeating: "0", count: 32)
            return
                #"{"tags":[\#(tag)],"scope":"\#(scope)","xid":"\#(horizon)","horizon":"\#(horizon)","proof":"\#(proof)"}"#
        default:
            // A true proof beside another tag, or beside a horizon that it was not made for.
            guard !overheard.isEmpty, let known = object(random.pick(overheard)) else { return #"{"user":"*"}"# }
            var forged = known
            let claimed = forged["scope"] as? String ?? "global"
            forged["tags"] = [["forged", claimed, number] as [Any]]
            forged["scope"] = claimed
            if random.chance(0.4) { forged["horizon"] = "\(UInt64.max)" }
            guard let data = try? JSONSerialization.data(withJSONObject: forged) else { return "{}" }
            return String(decoding: data, as: UTF8.self)
        }
    }

    private func object(_ text: String) -> [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    }
}
