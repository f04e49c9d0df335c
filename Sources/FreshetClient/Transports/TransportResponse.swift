/// The head of a response, and what the rest of it is read by.
public struct TransportResponse: Sendable {
    /// What HTTP says.
    public var status: Int

    /// What comes after the head.
    public var body: any TransportBody

    private let fields: [(name: String, value: String)]

    /// - Parameters:
    ///   - status: what HTTP says.
    ///   - fields: the header fields, their names in any case.
    ///   - body: what comes after the head.
    public init(status: Int, fields: [(name: String, value: String)], body: any TransportBody) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The first value of a header field, whatever the case of its name.
    public subscript(name: String) -> String? {
        let name = name.lowercased()
        return fields.first { $0.name.lowercased() == name }?.value
    }
}
