import ArgumentParser
import FreshetClient

/// The flags of `freshet tail`.
struct TailOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The service, with its base path. Default: http://127.0.0.1:8080/api/invalidator.",
            valueName: "url"
        )
    )
    var url: StreamURL?

    @Option(
        help: ArgumentHelp(
            "Certificates in PEM that a service at https:// may be vouched for by. Default: the system's.",
            valueName: "file"
        )
    )
    var caFile: String?

    @Option(help: "The session's token; rather give it as FRESHET_TOKEN. Default: none, which hears global if it may.")
    var token: String?

    @Option(
        help: ArgumentHelp(
            "Only events whose tags cover, or are covered by, one of these: todos,todo/42; repeatable.",
            valueName: "tags"
        )
    )
    var tags: [String] = []

    @Option(help: ArgumentHelp("Begin after this position instead of now.", valueName: "position"))
    var lastEventId: String?

    @Flag(help: "Print each event as one JSON object a line.")
    var json = false
}
