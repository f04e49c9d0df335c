/// One SQL statement with its parameters.
public struct Statement: Sendable {
    public var sql: String
    public var parameters: [Parameter]

    public init(_ sql: String, _ parameters: [Parameter] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}
