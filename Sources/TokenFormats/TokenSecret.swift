/// What a framework signs with. The first of a list signs; all of them verify, so that it can be changed without logging
/// anybody out. It is never printed.
package struct TokenSecret: Sendable {
    let bytes: [UInt8]

    package init(_ text: String) { bytes = Array(text.utf8) }

    /// Whether it is long enough for HS256: as long as the hash (RFC 7518 §3.2).
    package var isWebTokenSecret: Bool { bytes.count >= 32 }
}

extension TokenSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
