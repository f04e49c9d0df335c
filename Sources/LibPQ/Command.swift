/// What a request asks of the server, ready to be handed to libpq.
enum Command: Sendable {
    /// Statements in the simple protocol, separated by semicolons.
    case script(String)
    case statement(sql: String, EncodedParameters, ResultFormat)
    case prepare(name: String, sql: String)
    case prepared(name: String, EncodedParameters, ResultFormat)
    case pipeline([(sql: String, parameters: EncodedParameters)], ResultFormat)
}
