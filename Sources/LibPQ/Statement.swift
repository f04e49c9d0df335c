/// One SQL statement with its parameters.
package struct Statement: Sendable {
    package var sql: String
    package var parameters: [Parameter]

    package init(_ sql: String, _ parameters: [Parameter] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}
