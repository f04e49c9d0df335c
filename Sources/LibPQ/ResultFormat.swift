/// How the server writes values on the wire.
public enum ResultFormat: Int32, Sendable, Hashable {
    case text = 0
    case binary = 1
}
