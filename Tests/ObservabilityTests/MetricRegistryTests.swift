import Metrics
import Observability
import Testing

/// The text format 0.0.4 of Prometheus.
@Suite struct MetricRegistryTests {
    private func lines(_ registry: MetricRegistry, of name: String) -> [String] {
        String(decoding: registry.read(), as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { $0.contains(name) }
    }

    @Test func `a counter is told with its help and type, and asked for twice is the same`() {
        let registry = MetricRegistry()
        Counter(label: "freshet_events_total", factory: registry).increment(by: 2)
        Counter(label: "freshet_events_total", factory: registry).increment()
        #expect(
            lines(registry, of: "freshet_events_total") == [
                "# HELP freshet_events_total Events written to streams, heartbeats not among them.",
                "# TYPE freshet_events_total counter", "freshet_events_total 3",
            ]
        )
    }

    @Test func `all samples are told as one JSON object too`() throws {
        let registry = MetricRegistry()
        #expect(registry.readJSON() == Array("{}".utf8))
        Counter(label: "a_total", dimensions: [("reason", "x\"y")], factory: registry).increment(by: 2)
        Meter(label: "b", factory: registry).set(Double.infinity)
        Meter(label: "c", factory: registry).set(0.5)
        #expect(
            String(decoding: registry.readJSON(), as: UTF8.self)
                == #"{"a_total{reason=\"x\\\"y\"}":2,"b":null,"c":0.5}"#
        )
    }

    @Test func `each combination of labels is told apart, and what is in them is escaped`() {
        let registry = MetricRegistry()
        for reason in ["gap", "history", "a\"b\\c\nd"] {
            Counter(label: "freshet_resets_total", dimensions: [("reason", reason)], factory: registry).increment()
        }
        #expect(
            lines(registry, of: "freshet_resets_total{") == [
                #"freshet_resets_total{reason="a\"b\\c\nd"} 1"#, #"freshet_resets_total{reason="gap"} 1"#,
                #"freshet_resets_total{reason="history"} 1"#,
            ]
        )
    }

    @Test func `a histogram counts into every range that holds the value, and one without an end`() {
        let registry = MetricRegistry()
        let timer = Timer(label: "freshet_delivery_seconds", factory: registry)
        timer.recordNanoseconds(1_000_000)
        timer.recordNanoseconds(1_000_001)
        timer.recordNanoseconds(20_000_000_000)
        let told = lines(registry, of: "freshet_delivery_seconds")
        for line in [
            #"freshet_delivery_seconds_bucket{le="0.0005"} 0"#, #"freshet_delivery_seconds_bucket{le="0.001"} 1"#,
            #"freshet_delivery_seconds_bucket{le="0.0025"} 2"#, #"freshet_delivery_seconds_bucket{le="10"} 2"#,
            #"freshet_delivery_seconds_bucket{le="+Inf"} 3"#, "freshet_delivery_seconds_count 3",
            "freshet_delivery_seconds_sum 20.002000001",
        ] {
            #expect(told.contains(line), "\(line) in \(told)")
        }
    }

    @Test func `a gauge is set before each reading`() {
        let registry = MetricRegistry()
        let streams = Meter(label: "freshet_streams", factory: registry)
        nonisolated(unsafe) var count = 0
        registry.beforeReading {
            unsafe count += 1
            streams.set(unsafe count)
        }
        #expect(lines(registry, of: "freshet_streams").last == "freshet_streams 1")
        #expect(lines(registry, of: "freshet_streams").last == "freshet_streams 2")
    }

    @Test func `every name is described once, and says what its unit is`() {
        let names = MetricDescription.all.map(\.name)
        #expect(Set(names).count == names.count)
        for metric in MetricDescription.all where metric.kind == .counter { #expect(metric.name.hasSuffix("_total")) }
    }
}
