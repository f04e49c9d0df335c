/// A user of the demo, signed in.
struct DemoUser: Sendable {
    let id: String
    let name: String
    let token: String
}
