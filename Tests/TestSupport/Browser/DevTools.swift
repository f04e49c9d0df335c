import Foundation
import Synchronization

/// The DevTools protocol over a pipe: JSON objects, each ended by a zero byte.
final class DevTools: Sendable {
    /// What the browser says without being asked: the method and its parameters.
    typealias Listener = @Sendable (String, JSONValue) -> Void

    /// It said no, or has gone.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var lastID = 0
        var waiting: [Int: CheckedContinuation<JSONValue, any Error>] = [:]
        var listeners: [String: Listener] = [:]
        var unread: [UInt8] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let outgoing: AsyncStream<[UInt8]>.Continuation

    /// What is to be written to the browser, in order.
    let messages: AsyncStream<[UInt8]>

    init() { (messages, outgoing) = AsyncStream.makeStream() }

    /// Has `listener` told of what happens in a session.
    func listen(to session: String, _ listener: @escaping Listener) {
        state.withLock { $0.listeners[session] = listener }
    }

    /// - Parameter session: that of a page; nil: the browser itself.
    @discardableResult
    func call(
        _ method: String,
        _ parameters: [String: JSONValue] = [:],
        session: String? = nil,
        within limit: Duration = patience
    ) async throws -> JSONValue {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        var message: [String: JSONValue] = [
            "id": .number(Double(id)), "method": .string(method), "params": .object(parameters),
        ]
        if let session { message["sessionId"] = .string(session) }
        let bytes = try Array(JSONEncoder().encode(JSONValue.object(message))) + [0]
        return try await withDeadline("the browser to answer \(method)", within: limit) { [self] in
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let canWait = state.withLock { state in
                        guard !state.isClosed, !Task.isCancelled else { return false }
                        state.waiting[id] = continuation
                        return true
                    }
                    guard canWait else {
                        return continuation.resume(throwing: Failure(description: "the browser has gone"))
                    }
                    outgoing.yield(bytes)
                }
            } onCancel: {
                state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(throwing: CancellationError())
            }
        }
    }

    /// Takes in what the browser has written, in pieces of any size.
    func receive(_ bytes: [UInt8]) throws {
        let messages: [[UInt8]] = state.withLock { state in
            state.unread += bytes
            guard let end = state.unread.lastIndex(of: 0) else { return [] }
            defer { state.unread.removeFirst(end + 1) }
            return state.unread[..<end].split(separator: 0).map(Array.init)
        }
        for message in messages { handle(try JSONDecoder().decode(JSONValue.self, from: Data(message))) }
    }

    private func handle(_ message: JSONValue) {
        guard let id = message["id"].number else {
            let listener = state.withLock { $0.listeners[message["sessionId"].string ?? ""] }
            listener?(message["method"].string ?? "", message["params"])
            return
        }
        let waiter = state.withLock { $0.waiting.removeValue(forKey: Int(id)) }
        if let error = message["error"]["message"].string {
            waiter?.resume(throwing: Failure(description: "\(error) \(message["error"]["data"].string ?? "")"))
        } else {
            waiter?.resume(returning: message["result"])
        }
    }

    /// Nothing is answered any more.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        outgoing.finish()
        for waiter in waiting { waiter.resume(throwing: Failure(description: "the browser has gone")) }
    }
}
