import ArgumentParser
import Freshet
import LibPQ
import Logging

/// The flags of `freshet serve`; what is left open comes from the environment, then from the defaults of CONTRACT.md §7.
struct ServeOptions: ParsableArguments {
    @OptionGroup var database: DatabaseOptions

    @Option(help: "The address to listen on. Default: 127.0.0.1.")
    var host: String?

    @Option(help: "The port to listen on; 0 takes a free one. Default: 8080.")
    var port: Port?

    @Option(help: ArgumentHelp("Where the routes begin. Default: /api/invalidator.", valueName: "path"))
    var basePath: BasePath?

    @Option(
        help: ArgumentHelp(
            "A cookie that may hold the session's token; repeatable, the first that is present counts. "
                + "Default: freshet_session.",
            valueName: "name"
        )
    )
    var cookie: [String] = []

    @OptionGroup var tokens: TokenOptions

    @Flag(help: "Let clients without a credential hear the scope global.")
    var allowAnonymous = false

    @Option(
        help: ArgumentHelp(
            "An origin whose pages may ask across sites, https://app.example.com; repeatable.",
            valueName: "origin"
        )
    )
    var allowedOrigin: [String] = []

    @Option(help: "How often an idle stream's position is moved, and LISTEN is proven. Default: 15s.")
    var heartbeat: Interval?

    @Option(help: "With delivery poll: how often the log is read. Default: 50ms.")
    var pollInterval: Interval?

    @Option(
        help: ArgumentHelp(
            "The most invalidations kept in memory for clients that come back; older positions are reset. "
                + "Default: 100000.",
            valueName: "count"
        )
    )
    var historyEntries: Count?

    @Option(help: "How often the sessions of open streams are checked again. Default: 60s.")
    var recheck: Interval?

    @Option(help: "How long open streams stay while the database is away. Default: 5m.")
    var authGrace: Interval?

    @Option(
        help: ArgumentHelp(
            "The least time between two events of one stream: what comes meanwhile is told in one. The first of a burst "
                + "goes at once. Default: 0ms.",
            valueName: "interval"
        )
    )
    var coalesce: Interval?

    @Option(
        help: ArgumentHelp(
            "The most open streams of one user; the next one is answered 429. Default: 20.",
            valueName: "count"
        )
    )
    var maxStreamsPerUser: Count?

    @Option(
        help: ArgumentHelp(
            "The most open streams in all; whoever comes then is told to come back in a few seconds. Default: 100000.",
            valueName: "count"
        )
    )
    var maxStreams: Count?

    @Option(
        help: ArgumentHelp(
            "How many unknown credentials an address may come with in a minute before it is answered 429 without a "
                + "lookup; 0 is no limit. Default: 300.",
            valueName: "count"
        )
    )
    var maxFailuresPerMinute: Int?

    @Option(
        help: ArgumentHelp(
            "A proxy whose X-Forwarded-For is believed, 127.0.0.1 or 10.0.0.0/8; repeatable. Default: none.",
            valueName: "address"
        )
    )
    var trustedProxy: [String] = []

    @Option(help: "A port of its own for health and metrics. Default: none, they are on --port.")
    var adminPort: Port?

    @Option(
        help: ArgumentHelp(
            "The server's certificate in PEM, those that signed it after it. With it the port speaks HTTPS alone. Read "
                + "again at SIGHUP. Default: none, the port is plain.",
            valueName: "file"
        )
    )
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key in PEM, without a passphrase.", valueName: "file"))
    var tlsKey: String?

    @OptionGroup var log: LogOptions
}

/// What `freshet serve` was told, checked and complete.
struct ServeSettings: Sendable {
    let database: ConnectionInfo
    let configuration: FreshetServer.Configuration

    init(_ options: ServeOptions, _ environment: Environment) throws {
        database = try options.database.connectionInfo(environment)
        var server = FreshetServer.Configuration()
        server.host = try environment.value(options.host, "host") ?? server.host
        server.port = try environment.value(options.port, "port")?.number ?? server.port
        server.adminPort = try environment.value(options.adminPort, "admin-port")?.number
        server.certificate = try Self.certificate(
            environment.value(options.tlsCertificate, "tls-certificate"),
            key: environment.value(options.tlsKey, "tls-key")
        )
        let cookies = environment.values(options.cookie, "cookie")
        if !cookies.isEmpty { server.cookies = cookies }
        server.tokens = try options.tokens.verification(environment)
        server.allowsAnonymous = try environment.isOn(options.allowAnonymous, "allow-anonymous")
        server.trustedProxies = try environment.values(options.trustedProxy, "trusted-proxy").map { text in
            guard let proxy = TrustedProxy(text) else {
                throw ValidationError(
                    "--trusted-proxy '\(text)' is no address: write 127.0.0.1, ::1, or a network such as 10.0.0.0/8."
                )
            }
            return proxy
        }
        if let failures = try environment.value(options.maxFailuresPerMinute, "max-failures-per-minute") {
            guard failures >= 0 else { throw ValidationError("--max-failures-per-minute must be 0 or more.") }
            server.failuresPerMinute = failures
        }
        server.streams = try Self.streams(options, environment)
        configuration = server
    }

    private static func streams(_ options: ServeOptions, _ environment: Environment) throws -> Freshet.Configuration {
        var streams = Freshet.Configuration()
        if let path = try environment.value(options.basePath, "base-path")?.path { streams.basePath = path }
        let origins = try environment.values(options.allowedOrigin, "allowed-origin").map { text in
            guard let origin = WebOrigin(text) else {
                throw ValidationError(
                    "--allowed-origin '\(text)' is no origin: write scheme://host or scheme://host:port, without a path."
                )
            }
            return origin
        }
        streams.allowedOrigins = Set(origins)
        if let heartbeat = try environment.value(options.heartbeat, "heartbeat")?.duration {
            guard heartbeat >= .milliseconds(100) else {
                throw ValidationError("--heartbeat must be at least 100ms: it costs a transaction each time.")
            }
            streams.heartbeat = heartbeat
        }
        if let interval = try environment.value(options.pollInterval, "poll-interval")?.duration {
            guard interval >= .milliseconds(1) else {
                throw ValidationError("--poll-interval must be at least 1ms: each poll is a query.")
            }
            streams.pollInterval = interval
        }
        if let interval = try environment.value(options.coalesce, "coalesce")?.duration {
            guard interval <= .seconds(60) else {
                throw ValidationError("--coalesce must be at most 60s: so long a client may show what is stale.")
            }
            streams.coalescing = interval
        }
        if let recheck = try environment.value(options.recheck, "recheck")?.duration {
            guard recheck >= .milliseconds(100) else {
                throw ValidationError("--recheck must be at least 100ms: it costs a query each time.")
            }
            streams.recheck = recheck
        }
        if let grace = try environment.value(options.authGrace, "auth-grace")?.duration { streams.grace = grace }
        if let most = try environment.value(options.maxStreamsPerUser, "max-streams-per-user") {
            streams.streamsPerUser = most.number
        }
        if let most = try environment.value(options.maxStreams, "max-streams") { streams.streams = most.number }
        if let most = try environment.value(options.historyEntries, "history-entries") {
            streams.historyEntries = most.number
        }
        return streams
    }

    private static func certificate(
        _ certificate: String?,
        key: String?
    ) throws -> FreshetServer.Configuration.Certificate? {
        switch (certificate, key) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return .init(certificate: certificate, key: key)
        case (_?, nil): throw ValidationError("--tls-certificate needs --tls-key, the file of its private key.")
        case (nil, _?): throw ValidationError("--tls-key needs --tls-certificate, the file of its certificate.")
        }
    }
}
