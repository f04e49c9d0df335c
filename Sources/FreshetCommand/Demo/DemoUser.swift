/// A user of the demo.
struct DemoUser: Sendable {
    let id: String
    let name: String

    /// Of the session that the user's panel has; nil: signed out.
    var token: String?
}
