/// A session's token as a client sends it: signed, encrypted or plain. It is never printed.
package struct PresentedToken: Sendable {
    /// The cookie's value, percent-decoded once, or what follows `Bearer`.
    package let text: String

    /// The cookie that it came in, by its name as the client wrote it; nil for a bearer token. Some formats sign it too, so
    /// that one cookie's value is of no use as another's.
    package let cookie: String?

    package init(_ text: String, cookie: String? = nil) {
        self.text = text
        self.cookie = cookie
    }
}

extension PresentedToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(token)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
