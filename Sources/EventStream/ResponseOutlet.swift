package import NIOCore
import Synchronization

/// A stream that goes out as the body of another server's response: whoever writes that asks for the bytes.
///
/// It holds what the stream has written and nobody has taken, which is one event at most: until that has gone out, the
/// stream is told that it cannot write, and merges. One task asks; the stream lives on its event loop. Between the two
/// stands one short lock.
package final class ResponseOutlet: Sendable {
    private struct State {
        var bytes = ByteBuffer()

        /// Whether somebody has taken bytes and not come back for more.
        var isWriting = false

        /// Whether the stream has found no room, and waits to be told of it.
        var isStreamWaiting = false
        var end: End?
        var reader: CheckedContinuation<Void, Never>?
        var witness: CheckedContinuation<Void, Never>?
    }

    private enum End {
        /// Nothing comes after what is here.
        case finished

        /// Nothing is sent any more, whatever is here.
        case closed
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    /// Nil before the stream has begun, and when it has ended.
    private let stream: NIOLoopBoundBox<ClientStream?>

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        stream = .makeBoxSendingValue(nil, eventLoop: eventLoop)
    }

    func begin(_ stream: ClientStream) {
        self.stream.value = stream
        stream.attach(self)
    }

    // MARK: Whoever writes the response

    /// The next bytes of the body; to ask for them says that those before have gone out. Nil at the stream's end, in order
    /// or not (``isBroken``).
    ///
    /// Cancellation closes the stream.
    package func next() async -> ByteBuffer? {
        if state.withLock({ state in
            state.isWriting = false
            guard state.bytes.readableBytes == 0, state.isStreamWaiting, state.end == nil else { return false }
            state.isStreamWaiting = false
            return true
        }) {
            eventLoop.execute { self.stream.value?.outletDidChange(isWritable: true) }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    guard state.bytes.readableBytes == 0, state.end == nil else { return true }
                    state.reader = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            close()
        }
        return state.withLock { state in
            guard state.end != .closed, state.bytes.readableBytes > 0 else { return nil }
            defer { state.bytes = ByteBuffer() }
            state.isWriting = true
            return state.bytes
        }
    }

    /// Returns once the stream has been closed without its end having been written: what is being written is then to be
    /// broken off. Also at cancellation.
    package func closed() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    guard state.end != .closed, !Task.isCancelled else { return true }
                    state.witness = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.witness.take() }?.resume()
        }
    }

    /// Whether the response has to be broken off, and not ended.
    package var isBroken: Bool { state.withLock { $0.end == .closed } }

    /// The client has gone, or nobody writes the response any more.
    package func close() {
        shut(.closed)
        eventLoop.execute { self.didClose() }
    }

    /// The server that writes the response is asked to stop: the stream says so to its client and ends.
    package func shutDown() {
        eventLoop.execute { self.stream.value?.outletWillShutDown() }
    }

    private func didClose() {
        let ended = stream.value
        stream.value = nil
        ended?.outletDidClose()
    }

    private func shut(_ end: End) {
        let (reader, witness) = state.withLock { state in
            if state.end != .closed { state.end = end }
            return (state.reader.take(), end == .closed ? state.witness.take() : nil)
        }
        reader?.resume()
        witness?.resume()
    }
}

extension ResponseOutlet: StreamOutlet {
    var isWritable: Bool {
        state.withLock { state in
            guard state.end == nil else { return false }
            state.isStreamWaiting = state.isWriting || state.bytes.readableBytes > 0
            return !state.isStreamWaiting
        }
    }

    var isActive: Bool { state.withLock { $0.end == nil } }

    var directSocket: DirectSocket? { nil }

    func write(_ bytes: ByteBuffer) {
        var bytes = bytes
        state.withLock { state in
            if state.bytes.readableBytes == 0 { state.bytes = bytes } else { state.bytes.writeBuffer(&bytes) }
        }
    }

    func flush() {
        state.withLock { $0.bytes.readableBytes > 0 ? $0.reader.take() : nil }?.resume()
    }

    /// It has no way past it, so nobody waits for that.
    func flush(_ whenGone: @escaping () -> Void) { flush() }

    func finish(_ framing: Framing) { shut(.finished) }
}
