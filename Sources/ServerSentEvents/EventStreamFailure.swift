/// Why a stream cannot be read any further: it asks for more memory than a client gives it.
package enum EventStreamFailure: Error, Sendable, Hashable, CustomStringConvertible {
    case lineTooLong(limit: Int)
    case eventTooLong(limit: Int)

    package var description: String {
        switch self {
        case .lineTooLong(let limit): "The event stream has a line of more than \(limit) bytes."
        case .eventTooLong(let limit): "The event stream has an event of more than \(limit) bytes of data."
        }
    }
}
