#if os(Linux)
    import AsyncHTTPClient
    import NIOCore
    import Synchronization

    /// The body of a response of AsyncHTTPClient, which closes its connection when nobody holds or reads it any more.
    final class AsyncHTTPBody: TransportBody {
        /// The iterator is for one task at a time.
        private actor Reader {
            private var iterator: HTTPClientResponse.Body.AsyncIterator?

            init(_ body: HTTPClientResponse.Body) { iterator = body.makeAsyncIterator() }

            func next() async throws -> [UInt8]? {
                guard var iterator else { return nil }
                guard let bytes = try await iterator.next(isolation: self) else {
                    self.iterator = nil
                    return nil
                }
                self.iterator = iterator
                return Array(bytes.readableBytesView)
            }
        }

        private struct State {
            /// Nil after the end.
            var reader: Reader?
            var reading: Task<[UInt8]?, any Error>?
        }

        private let state: Mutex<State>

        init(_ body: HTTPClientResponse.Body) { state = Mutex(State(reader: Reader(body))) }

        func next() async throws -> [UInt8]? {
            let reading: Task<[UInt8]?, any Error>? = state.withLock { state in
                guard let reader = state.reader else { return nil }
                let task = Task { try await reader.next() }
                state.reading = task
                return task
            }
            guard let reading else { return nil }
            do {
                let bytes = try await withTaskCancellationHandler {
                    try await reading.value
                } onCancel: {
                    self.close()
                }
                if bytes == nil { close() }
                return bytes
            } catch {
                close()
                throw AsyncHTTPFailure(error)
            }
        }

        func close() {
            let reading = state.withLock { state in
                state.reader = nil
                return state.reading.take()
            }
            reading?.cancel()
        }

        deinit { close() }
    }
#endif
