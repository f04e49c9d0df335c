/// One SQL statement with its parameters.
public struct Statement: Sendable {
    /// One statement, with `$1`, `$2`, … for its parameters; two in one text are an error of the server.
    public var sql: String
    /// The first is `$1`. The protocol carries up to 65,535.
    public var parameters: [Parameter]

    /// Nothing is checked here: what cannot be sent is an error where the statement is run.
    public init(_ sql: String, _ parameters: [Parameter] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}
