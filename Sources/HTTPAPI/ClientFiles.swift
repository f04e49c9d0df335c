import HTTPTypes
import Hummingbird
import NIOCore

/// The browser's client and its adapters, open to whoever asks (CONTRACT.md §6).
///
/// Each is asked for again with its entity tag (RFC 9110 §8.8.3), so that a page never runs with an older one than the
/// service has, and seldom has to load one.
package struct ClientFiles: Sendable {
    struct File: Sendable {
        let name: String
        private let fields: HTTPFields
        private let body: ByteBuffer
        private let entityTag: String

        init(name: String, text: String) {
            self.name = name
            body = ByteBuffer(string: text)
            // FNV-1a: it tells versions apart, and nobody gains by two that are alike.
            let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            entityTag = "\"\(String(hash, radix: 36))\""
            fields = [
                .contentType: name.hasSuffix(".js") ? "text/javascript; charset=utf-8" : "text/plain; charset=utf-8",
                .cacheControl: "no-cache", .eTag: entityTag, .xContentTypeOptions: "nosniff",
            ]
        }

        func response(to request: Request) -> Response {
            // Also in a list, and as the weak one that a proxy makes of it that compresses.
            let known = request.headers[.ifNoneMatch] ?? ""
            guard !known.contains(entityTag), known != "*" else {
                return Response(status: .notModified, headers: fields)
            }
            return Response(status: .ok, headers: fields, body: .init(byteBuffer: body))
        }
    }

    let files: [File]

    /// - Parameter texts: by name.
    package init(_ texts: [String: String]) {
        files = texts.sorted { $0.key < $1.key }.map { File(name: $0.key, text: $0.value) }
    }

    func add(to base: RouterGroup<some RequestContext>) {
        for file in files { base.get(RouterPath(file.name)) { request, _ in file.response(to: request) } }
    }
}
