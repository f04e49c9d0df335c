import ArgumentParser

/// A TCP port; 0 asks for any free one.
struct Port: ExpressibleByArgument {
    let number: Int

    init?(argument: String) {
        guard let number = UInt16(argument) else { return nil }
        self.number = Int(number)
    }
}

/// How many of something, at least one.
struct Count: ExpressibleByArgument {
    let number: Int

    init?(argument: String) {
        guard let number = Int(argument), number > 0 else { return nil }
        self.number = number
    }
}

/// A path in front of the routes: begins with a slash, and is kept without one at its end.
struct BasePath: ExpressibleByArgument {
    let path: String

    init?(argument: String) {
        guard argument.hasPrefix("/"), !argument.contains(where: { "?#:*{} ".contains($0) }), !argument.contains("//")
        else {
            return nil
        }
        path = argument.hasSuffix("/") ? String(argument.dropLast()) : argument
    }
}
