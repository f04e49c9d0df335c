import EventStream
import Invalidation
import Listener
import Metrics
import NIOCore
import Observability

/// The figures that nobody moves: they are looked at when somebody asks for them.
struct ServiceMetrics: Sendable {
    let registry: MetricRegistry

    /// Where the figures go; to the registry among others.
    let factory: any MetricsFactory
    let engine: Engine

    /// How many sessions have streams.
    let sessions: @Sendable () -> Int

    /// Whether sessions can be found out.
    let isReachable: @Sendable () -> Bool

    /// How often an event loop is asked how late it is.
    private static let pulse = TimeAmount.seconds(1)

    func register() {
        let process = ProcessMetrics(registry)
        Meter(label: "freshet_build_info", dimensions: [("version", Freshet.version)], factory: registry).set(1)
        for eventLoop in engine.eventLoops { watch(eventLoop) }
        registry.beforeReading {
            set()
            process.set()
        }
    }

    func set() {
        let hub = engine.hub
        let size = hub.historySize
        let controls = hub.controls
        let listening = engine.listener.status
        gauge("freshet_streams", Double(hub.census.streams))
        gauge("freshet_users", Double(hub.census.users))
        gauge("freshet_operator_pages", Double(hub.watchers))
        gauge("freshet_history_entries", Double(size.entries))
        gauge("freshet_history_bytes", Double(size.bytes))
        gauge("freshet_history_span_transactions", Double(size.transactions))
        gauge("freshet_paused", controls.isPaused ? 1 : 0)
        gauge("freshet_disabled_tags", Double(controls.disabled.tags.count))
        for phase in ListenerStatus.Phase.allCases {
            gauge("freshet_listener_state", phase == listening.phase ? 1 : 0, [("state", phase.rawValue)])
        }
        gauge("freshet_listener_reconnects_total", Double(listening.reconnects))
        for (fault, count) in listening.badPayloads {
            gauge("freshet_notifications_skipped_total", Double(count), [("fault", fault)])
        }
        gauge("freshet_polled_rows_total", Double(listening.polledRows))
        if let confirmed = listening.confirmed {
            gauge("freshet_position_age_seconds", (ContinuousClock.now - confirmed) / .seconds(1))
        }
        gauge("freshet_sessions", Double(sessions()))
        gauge("freshet_sessions_reachable", isReachable() ? 1 : 0)
    }

    private func gauge(_ label: String, _ value: Double, _ dimensions: [(String, String)] = []) {
        Meter(label: label, dimensions: dimensions, factory: factory).set(value)
    }

    /// Measures how late a loop comes to what it has promised: what a stream waits beside the work for itself.
    private func watch(_ eventLoop: any EventLoop) {
        let delay = Timer(label: "freshet_event_loop_delay_seconds", factory: factory)
        @Sendable func expect(at due: NIODeadline) {
            eventLoop.scheduleTask(deadline: due) {
                let now = eventLoop.now
                delay.recordNanoseconds(max((now - due).nanoseconds, 0))
                expect(at: now + Self.pulse)
            }
        }
        expect(at: eventLoop.now + Self.pulse)
    }
}
