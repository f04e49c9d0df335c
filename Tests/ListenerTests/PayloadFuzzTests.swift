import Foundation
import Invalidation
import SeededRandom
import Testing

import struct Invalidation.Tag

@testable import Listener

/// Payloads that anybody may have written: none may trap, and what is read of one is what it says.
@Suite struct PayloadFuzzTests {
    private static let seeds = [
        #"{"tags":[["todos"],["todo",42]],"scope":"user/42","xid":"761","horizon":"755","proof":"0123456789abcdef"}"#,
        #"{"tags":[[]],"scope":"*","origin":"tab-\u00e9\ud83d\ude00"}"#,
        #"{"tags":[["a%2Fb","c/d",-7,0,9007199254740993]],"scope":{"kind":"tenant","id":7}}"#,
        #"{"beat":"f00","xid":"18446744073709551615","horizon":"1","proof":""}"#, #"{"session":"*"}"#,
        #"{"user":"7","x":{"a":[1.5e-3,true,null,{"b":[]}]}}"#, #"{"control":"settings"}"#, #"{"control":"controls"}"#,
        "",
    ].map { Array($0.utf8) }

    @Test(arguments: [UInt64(1), 2]) func `no payload traps, and one that is read can be written and read again`(
        seed: UInt64
    ) throws {
        var random = SeededRandom(seed: seed)
        var (tried, read) = (0, 0)
        let end = ContinuousClock.now + fuzzing
        while ContinuousClock.now < end {
            for _ in 0..<200 {
                tried += 1
                let text = String(decoding: random.mutation(of: Self.seeds), as: UTF8.self)
                guard let payload = try? Payload(text), case .invalidation(let told, _) = payload else { continue }
                read += 1
                #expect(Scope(text: told.scope.text) == told.scope, "\(text)")
                for tag in told.tags {
                    var json: [UInt8] = Array("[".utf8)
                    tag.write(to: &json)
                    json.append(UInt8(ascii: "]"))
                    let again = try TagList(json: String(decoding: json, as: UTF8.self))
                    #expect(again.tags == [tag], "\(text)")
                    #expect((1...16).contains(tag.segments.count), "\(text)")
                }
            }
        }
        print("payloads: \(tried) tried, \(read) read, seed \(seed)")
        #expect(read > 100)
    }
}

/// How long each of the fuzzing tests goes on.
private let fuzzing: Duration = ProcessInfo.processInfo.environment["CI"] == "true" ? .seconds(20) : .seconds(3)
