/// All instruments of one name.
struct MetricFamily: Sendable {
    let description: MetricDescription
    var instruments: [MetricLabels: any MetricInstrument] = [:]

    init(_ description: MetricDescription) { self.description = description }

    func write(to text: inout [UInt8]) {
        let name = description.name
        text.append(
            contentsOf: "# HELP \(name) \(description.help)\n# TYPE \(name) \(description.kind.rawValue)\n".utf8
        )
        for (key, sample) in samples { text.append(contentsOf: "\(key) \(sample.value)\n".utf8) }
    }

    /// Each sample with its name and labels, `freshet_goaways_total{reason="slow"}`.
    var samples: [(key: String, sample: MetricSample)] {
        instruments.sorted { $0.key < $1.key }.flatMap { labels, instrument in
            instrument.samples.map { (description.name + $0.suffix + labels.text(with: $0.bound), $0) }
        }
    }
}

/// What an instrument can say of itself.
protocol MetricInstrument: AnyObject, Sendable {
    var samples: [MetricSample] { get }
}

/// One line of the text.
struct MetricSample {
    /// What stands behind the family's name.
    var suffix = ""

    /// The upper bound of a histogram's bucket.
    var bound: String?
    var value: String

    /// A number as the format has it.
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}

/// The labels of one instrument, in the order of their names.
struct MetricLabels: Sendable, Hashable, Comparable {
    private let text: String

    init(_ dimensions: [(String, String)]) {
        text = dimensions.sorted { $0.0 < $1.0 }.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
    }

    func text(with bound: String?) -> String {
        let all = [text, bound.map { "le=\"\($0)\"" } ?? ""].filter { !$0.isEmpty }.joined(separator: ",")
        return all.isEmpty ? "" : "{\(all)}"
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += #"\\"#
            case "\"": escaped += #"\""#
            case "\n": escaped += #"\n"#
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    static func < (a: MetricLabels, b: MetricLabels) -> Bool { a.text < b.text }
}
