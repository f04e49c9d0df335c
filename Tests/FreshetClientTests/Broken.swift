/// What a test's network fails with.
struct Broken: Error, CustomStringConvertible {
    let description = "the wire was cut"
}
