import EventStream
import Foundation
import HTTPTypes
import Invalidation
import NIOCore
import SeededRandom
import Testing

import struct Invalidation.Tag

@testable import HTTPAPI

/// Whatever a client may send: queries, positions, cookies, bodies, addresses. Nothing may trap, and what is read keeps to
/// its bounds.
@Suite struct InputFuzzTests {
    private static let targets = [
        "/api/invalidator/sse?tags=todos,todo%2F42,a%252Fb&lastEventId=k3f9a-8841", "/?tags=", "/?lastEventId=&&=&tags",
        "/x?tags=%F0%9F%98%80,%zz&tags=a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p&lastEventId=k1-18446744073709551616",
    ].map { Array($0.utf8) }

    private static let cookies = [
        "a=b; freshet_session=abc%2B+/=%3d; freshet_session=second", "freshet_session=", "=; ;;freshet_session",
        "freshet_session=%00%ff", "theme=dark;freshet_session = x",
    ].map { Array($0.utf8) }

    private static let bodies = [
        #"{"tags":[["todos"],["todo",42]],"scope":"user/42"}"#, #"{"tags":[[]]}"#,
        #"{"scope":"global","tags":[["a"]]}"#,
        #"{"tags":[["\u00e9",1e5]],"x":[{}]}"#, #"{"user":"42"}"#, "[]", "",
    ].map { Array($0.utf8) }

    private static let positions = ["k3f9a-8841", "k-1", "kf0-18446744073709551615", "k1-01", "nonsense", ""]
        .map { Array($0.utf8) }

    private static let addresses = [
        "203.0.113.7, 10.0.0.1", "::ffff:1.2.3.4", "fe80::1%eth0", "unknown", "[::1]:80", ",",
    ]
    .map { Array($0.utf8) }

    @Test(arguments: [UInt64(1), 2]) func `nothing that a client sends traps`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var counts = [0, 0, 0, 0]
        let reader = CredentialReader(cookies: ["freshet_session"])
        let proxies = try TrustedProxies(["0.0.0.0/0", "::/0"])
        let forwarded = try #require(HTTPField.Name("X-Forwarded-For"))
        func text(_ seeds: [[UInt8]]) -> String { String(decoding: random.mutation(of: seeds), as: UTF8.self) }
        let end = ContinuousClock.now + fuzzing
        while ContinuousClock.now < end {
            for _ in 0..<100 {
                var fields = HTTPFields()
                fields[.lastEventID] = text(Self.positions)
                fields[.cookie] = text(Self.cookies)
                fields[forwarded] = text(Self.addresses)
                if let target = try? StreamTarget(path: text(Self.targets), fields: fields) {
                    counts[0] += 1
                    if let filter = target.filter {
                        #expect(filter.tags.count <= TagFilter.maximumTags)
                        for tag in filter.tags { #expect(Tag(text: tag.text) == tag, "\(tag)") }
                    }
                    if let position = target.resume.position { #expect(Position(text: position.text) == position) }
                }
                if case .cookie = reader.read(fields) { counts[1] += 1 }
                let body = random.mutation(of: Self.bodies)
                if let read = try? InvalidateBody(json: body) {
                    counts[2] += 1
                    #expect(!read.tags.isEmpty)
                }
                if let read = try? TagsBody(json: body) { #expect(!read.tags.isEmpty) }
                if let read = try? EndBody(json: body) { #expect(!read.user.isEmpty) }
                if proxies.client(of: try .init(ipAddress: "127.0.0.1", port: 1), fields) != nil { counts[3] += 1 }
            }
        }
        print("inputs: \(counts) read, seed \(seed)")
        for count in counts { #expect(count > 50) }
    }
}

/// How long each of the fuzzing tests goes on.
private let fuzzing: Duration = ProcessInfo.processInfo.environment["CI"] == "true" ? .seconds(20) : .seconds(3)
