import Benchmark

/// What the plugin runs; each section is a file of its own.
let benchmarks: @Sendable () -> Void = {
    unsafe Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput, .instructions, .mallocCountTotal],
        warmupIterations: 3,
        scalingFactor: .kilo,
        maxDuration: .seconds(3)
    )
    valueBenchmarks()
    hubBenchmarks()
}

/// One benchmark over something that is prepared once, outside the measurement.
///
/// - Parameter scale: how often `body` runs in one measurement; the results are of one run.
func measure<State>(
    _ name: String,
    scale: BenchmarkScalingFactor = .kilo,
    prepare: @escaping () throws -> State,
    _ body: @escaping (State) -> Void
) {
    var configuration = unsafe Benchmark.defaultConfiguration
    configuration.scalingFactor = scale
    var state: State?
    Benchmark(name, configuration: configuration) { benchmark in
        guard let state else { return benchmark.error("\(name) was not prepared") }
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { body(state) }
        benchmark.stopMeasurement()
    } setup: {
        state = try prepare()
    } teardown: {
        state = nil
    }
}
