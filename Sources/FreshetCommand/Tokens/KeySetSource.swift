import ArgumentParser
import AsyncHTTPClient
import Foundation
import Freshet
import NIOCore
import NIOHTTP1

/// Where a set of public keys is: a file, or an address.
struct KeySetSource: Sendable {
    private enum Place: Sendable {
        case file(String)
        case address(String)
    }

    private struct Answer: Error, CustomStringConvertible {
        let description: String
    }

    private static let limit = 1 << 20
    private static let timeLimit = Duration.seconds(5)

    private let place: Place

    /// - Throws: where it is no file with a set of keys, or an address that anybody on the way could answer for.
    init(_ text: String) throws {
        guard text.contains("://") else {
            place = .file(text)
            do {
                _ = try Self.set(in: text)
            } catch {
                throw ValidationError("--jwks '\(text)' cannot be used: \(Self.reason(error)).")
            }
            return
        }
        guard let url = URL(string: text), OutwardHTTP.isPrivate(url) else {
            throw ValidationError(
                "--jwks '\(text)' must be an https address: whoever gives the keys says who is signed in."
            )
        }
        place = .address(text)
    }

    func read() async throws -> PublicKeySet {
        switch place {
        case .file(let path): return try Self.set(in: path)
        case .address(let url):
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "Accept", value: "application/jwk-set+json, application/json")
            let (status, body) = try await OutwardHTTP.read(request, within: Self.timeLimit, upTo: Self.limit)
            guard status == .ok else { throw Answer(description: "\(url) answers \(status.code)") }
            return try PublicKeySet(json: Array(body.readableBytesView))
        }
    }

    private static func set(in path: String) throws -> PublicKeySet {
        try PublicKeySet(json: Array(try Data(contentsOf: URL(fileURLWithPath: path))))
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as FreshetError: error.description
        default: error.localizedDescription
        }
    }
}
