/// The head of a response, and what the rest of it is read by.
public struct TransportResponse: Sendable {
    /// What HTTP says.
    public var status: Int

    /// What comes after the head.
    public var body: any TransportBody

    private let fields: [(name: String, value: String)]

    /// - Parameter fields: the header fields, their names in any case.
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
