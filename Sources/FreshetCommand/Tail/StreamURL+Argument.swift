public import ArgumentParser
public import FreshetClient

extension StreamURL: @retroactive ExpressibleByArgument {
    /// As ``StreamURL/init(text:)``.
    public init?(argument: String) { self.init(text: argument) }
}
