import HTTPTypes
import Metrics

/// Counts refused requests by their status.
struct RefusalMetrics: Sendable {
    let factory: any MetricsFactory

    func count(_ status: HTTPResponse.Status) {
        let dimensions = [("status", "\(status.code)")]
        Counter(label: "freshet_refused_requests_total", dimensions: dimensions, factory: factory).increment()
    }
}
