/// How the server writes values on the wire.
package enum ResultFormat: Int32, Sendable, Hashable {
    case text = 0
    case binary = 1
}
