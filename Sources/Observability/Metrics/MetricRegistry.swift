import Invalidation
package import Metrics
import Synchronization

/// Keeps what the service counts and measures, and gives it in Prometheus's text format.
///
/// A factory for swift-metrics. What is asked for twice, by the same label and dimensions, is the same instrument; it is
/// never forgotten, since the service asks for a fixed number of them.
package final class MetricRegistry: MetricsFactory {
    private struct State {
        var families: [String: MetricFamily] = [:]
        var collectors: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let catalogue: [String: MetricDescription]

    /// - Parameter catalogue: what each metric is, by its name.
    package init(_ catalogue: [MetricDescription] = MetricDescription.all) {
        self.catalogue = Dictionary(uniqueKeysWithValues: catalogue.map { ($0.name, $0) })
    }

    /// Has `collect` called before each reading: it sets the gauges that nobody moves meanwhile.
    package func beforeReading(_ collect: @escaping @Sendable () -> Void) {
        state.withLock { $0.collectors.append(collect) }
    }

    /// All of it, in the text format 0.0.4 of Prometheus ("Exposition formats" in its manual).
    package func read() -> [UInt8] {
        var text: [UInt8] = []
        for family in families() { family.write(to: &text) }
        return text
    }

    /// All of it as one JSON object: each sample's value by its name and labels, as they stand in the text format. What
    /// is no number in JSON is null.
    package func readJSON() -> [UInt8] {
        var json: [UInt8] = []
        for family in families() {
            for (key, sample) in family.samples {
                json.append(UInt8(ascii: json.isEmpty ? "{" : ","))
                JSONWriter.append(key, to: &json)
                let isNumber = Double(sample.value)?.isFinite == true
                json.append(contentsOf: ":\(isNumber ? sample.value : "null")".utf8)
            }
        }
        json.append(contentsOf: json.isEmpty ? "{}".utf8 : "}".utf8)
        return json
    }

    private func families() -> [MetricFamily] {
        for collect in state.withLock(\.collectors) { collect() }
        return state.withLock { $0.families }.sorted { $0.key < $1.key }.map(\.value)
    }

    private func instrument<Instrument: MetricInstrument>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: MetricKind,
        _ make: (MetricDescription) -> Instrument
    ) -> Instrument {
        state.withLock { state in
            let description = catalogue[label] ?? MetricDescription(label, kind, "Not described.")
            let labels = MetricLabels(dimensions)
            if let known = state.families[label]?.instruments[labels] as? Instrument { return known }
            let new = make(description)
            state.families[label, default: MetricFamily(description)].instruments[labels] = new
            return new
        }
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(label, dimensions, .counter) { _ in Counted() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(label, dimensions, .gauge) { _ in Gauged() }
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return instrument(label, dimensions, .gauge) { _ in Gauged() } }
        return instrument(label, dimensions, .histogram) { Distribution(buckets: $0.buckets) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        instrument(label, dimensions, .histogram) { Distribution(buckets: $0.buckets) }
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
