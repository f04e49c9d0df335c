import EventStream
import Invalidation

/// What the operator's page is told, as JSON.
enum OperatorNews {
    /// The most users whose streams are told one by one.
    static let users = 50

    /// The most tags and scopes that are told among the busiest.
    static let busiest = 10

    /// The most tags of one invalidation that are told.
    private static let tags = 20

    static func report(_ report: HearingReport) -> JSONObject {
        var json = JSONObject()
        json.set("streams", report.hearing)
        json.set("filtered", report.filtered)
        json.set("unexamined", report.unexamined)
        json.set(
            "hearers",
            report.hearers.map { hearer in
                var json = JSONObject()
                json.set("user", hearer.user)
                json.set("streams", hearer.streams)
                json.set("why", hearer.reason.rawValue)
                return json
            }
        )
        json.set("unnamed", report.unnamed)
        json.set("paused", report.isPaused)
        json.set("disabled", report.disabled.prefix(tags).map(\.text))
        json.set("dropped", report.isDropped)
        return json
    }

    static func passing(_ news: PassingWatch.News) -> JSONObject {
        var json = JSONObject()
        json.set(
            "invalidations",
            news.passed.map { passed in
                let invalidation = passed.invalidation
                var json = JSONObject()
                json.set("tags", invalidation.tags.prefix(tags).map(\.text))
                json.set("moreTags", max(invalidation.tags.count - tags, 0))
                json.set("all", invalidation.coversAll)
                json.set("scope", invalidation.scope.text)
                json.set("txid", invalidation.xid.map { "\($0)" })
                json.set("origin", invalidation.origin)
                json.set("report", json: report(passed.report).bytes)
                return json
            }
        )
        json.set("more", news.others)
        json.set("dropped", news.dropped)
        return json
    }

    /// - Parameter metrics: every sample, as JSON.
    static func figures(_ status: ServiceStatus, _ hub: Hub, metrics: [UInt8]) -> JSONObject {
        let users = hub.census.busiest(Self.users)
        let busy = hub.busiest(busiest)
        var json = JSONObject()
        json.set("status", json: status.json)
        // Disabled tags once more, in the form in which an operator writes them.
        json.set("disabled", status.controls.disabled.tags.map(\.text))
        json.set(
            "users",
            users.map { user, streams in
                var json = JSONObject()
                json.set("user", user)
                json.set("streams", streams)
                return json
            }
        )
        json.set("moreUsers", max(status.users - users.count, 0))
        json.set("tags", busy.tags.map(entry))
        json.set("scopes", busy.scopes.map(entry))
        json.set("metrics", json: metrics)
        return json
    }

    private static func entry(_ entry: BusyList.Entry) -> JSONObject {
        var json = JSONObject()
        json.set("name", entry.name)
        json.set("count", entry.count)
        return json
    }
}
