/// Why the demo cannot begin, in one sentence for whoever ran it.
struct DemoFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
