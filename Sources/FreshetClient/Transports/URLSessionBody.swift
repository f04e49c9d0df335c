#if canImport(Darwin)
    import Foundation

    /// The body of a response of URLSession, which ends its task when nobody holds it any more.
    final class URLSessionBody: TransportBody {
        /// The iterator is for one task at a time.
        private actor Reader {
            private var iterator: URLSession.AsyncBytes.AsyncIterator

            init(_ bytes: URLSession.AsyncBytes) { iterator = bytes.makeAsyncIterator() }

            /// A line with its end: bytes come one by one, and nothing in a stream is worth more than its line.
            func next() async throws -> [UInt8]? {
                var line: [UInt8] = []
                var iterator = iterator
                defer { self.iterator = iterator }
                while line.count < 65_536, let byte = try await iterator.next(isolation: self) {
                    line.append(byte)
                    if byte == 0x0A { break }
                }
                return line.isEmpty ? nil : line
            }
        }

        private let reader: Reader
        private let task: URLSessionTask

        init(_ bytes: URLSession.AsyncBytes) {
            task = bytes.task
            reader = Reader(bytes)
        }

        func next() async throws -> [UInt8]? {
            try await withTaskCancellationHandler {
                try await reader.next()
            } onCancel: {
                task.cancel()
            }
        }

        func close() { task.cancel() }

        deinit { task.cancel() }
    }
#endif
