/// The migrations that this version was built with.
enum Migrations {
    /// Their numbers, in order.
    static let versions: [Int] = EmbeddedFiles.migrations.keys.compactMap { name in
        guard name.hasSuffix(".sql"), name.count > 5, name.dropFirst(4).hasPrefix("_") else { return nil }
        return Int(name.prefix(4))
    }.sorted()
}
