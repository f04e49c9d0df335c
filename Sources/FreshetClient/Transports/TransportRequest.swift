/// A GET request for a stream. Its fields hold a credential, so it does not print them.
public struct TransportRequest: Sendable {
    /// Absolute, and encoded.
    public var url: String

    /// The header fields, each with a value that a header can carry.
    public var fields: [(name: String, value: String)]

    /// A request of these.
    public init(url: String, fields: [(name: String, value: String)]) {
        self.url = url
        self.fields = fields
    }
}

extension TransportRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The address alone.
    public var description: String { "GET \(url)" }

    /// The same.
    public var debugDescription: String { description }

    /// The address alone.
    public var customMirror: Mirror { Mirror(self, children: ["url": url]) }
}
