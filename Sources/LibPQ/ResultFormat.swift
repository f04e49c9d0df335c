/// How the server writes values on the wire.
public enum ResultFormat: Int32, Sendable, Hashable {
    /// As `psql` would print them, after `DateStyle` and its like: every type has this form.
    case text = 0
    /// As the type's send function writes them; a type without one makes the statement fail.
    case binary = 1
}
