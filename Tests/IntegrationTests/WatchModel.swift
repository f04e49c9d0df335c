import SeededRandom

/// What a watch of a table `thing (id int, u int, k text, j json)` has to tell, worked out without SQL.
///
/// It follows CONTRACT.md §3: templates, nulls, and which versions of a row an UPDATE counts.
struct WatchModel {
    let tags: [String]
    let scopes: [String]
    /// The counted columns; nil for any.
    let columns: [String]?

    typealias Row = [String: String?]

    /// A line for each scope and tag, as ``Twins/told(_:_:sourceLocation:)`` gives them.
    func told(_ row: Row) -> Set<String> {
        let scopes = scopes.compactMap { filled($0, row) }.filter { !$0.hasSuffix("/") }
        let tags = tags.compactMap { filled($0, row) }
        return Set(scopes.flatMap { scope in tags.map { "\(scope) \($0)" } })
    }

    /// Of an UPDATE: each version that is not as often among the old rows as among the new.
    func toldOfUpdate(from old: [Row], to new: [Row]) -> Set<String> {
        let (before, after) = (counts(old, image), counts(new, image))
        return (old + new).reduce(into: []) { told, row in
            if before[image(row)] != after[image(row)] { told.formUnion(self.told(row)) }
        }
    }

    /// What is there now and was not, or was and is not: no statement may tell less.
    func toldAtLeast(from old: [Row], to new: [Row]) -> Set<String> {
        let (before, after) = (counts(old, { $0 }), counts(new, { $0 }))
        return (old + new).reduce(into: []) { told, row in
            if before[row] != after[row] { told.formUnion(self.told(row)) }
        }
    }

    private func counts<Key: Hashable>(_ rows: [Row], _ key: (Row) -> Key) -> [Key: Int] {
        rows.reduce(into: [:]) { $0[key($1), default: 0] += 1 }
    }

    /// What tells two versions apart: the counted columns, and whatever tags, scopes and the key are made of.
    private func image(_ row: Row) -> Row {
        guard let columns else { return row }
        let read = (tags + scopes).flatMap { template in
            template.split(separator: "/").filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) }
        }
        return row.filter { columns.contains($0.key) || read.contains($0.key) || $0.key == "id" }
    }

    private func filled(_ template: String, _ row: Row) -> String? {
        var segments: [String] = []
        for segment in template.split(separator: "/") {
            guard segment.hasPrefix(":") else {
                segments.append(String(segment))
                continue
            }
            guard let value = row[String(segment.dropFirst())] ?? nil else { return nil }
            segments.append(value)
        }
        return segments.joined(separator: "/")
    }
}
