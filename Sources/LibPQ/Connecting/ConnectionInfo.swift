/// Where and how to connect: what libpq reads from a connection string, a URI, or, for the empty string, from `PG*`.
///
/// Whatever prints it or looks into it (`print`, `dump`, a mirror, string interpolation) sees host, port, database and
/// user, and never a password. Every option of libpq passes through. Where the string and the environment leave them
/// open, options are set that make a dead peer show (see `defaults`).
public struct ConnectionInfo: Sendable {
    /// What the string says, by keyword; the environment and libpq's own defaults are not in here.
    let options: [String: String]

    /// What the environment says.
    let environment: [String: String]

    /// The name in `pg_stat_activity` where neither the string nor the environment has one.
    let applicationName: String?

    /// Reads a connection string (`host=/tmp dbname=app`) or URI (`postgresql://app@db/app`), without connecting.
    public init(_ text: String, applicationName: String? = nil) throws(ConnectionInfoError) {
        let options = try ConnectionStringReader.options(text)
        let environment = ConnectionStringReader.environment()
        try Self.validate(environment.merging(options) { $1 })
        self.options = options
        self.environment = environment
        self.applicationName = applicationName
    }

    private init(options: [String: String], environment: [String: String], applicationName: String?) {
        self.options = options
        self.environment = environment
        self.applicationName = applicationName
    }

    /// The same as ``init(_:applicationName:)``, for places where the type is known: `.conninfo(url)`.
    public static func conninfo(_ text: String) throws(ConnectionInfoError) -> ConnectionInfo {
        try ConnectionInfo(text)
    }

    /// The same, with the name that `pg_stat_activity` shows where neither the string nor the environment has one.
    public func named(_ applicationName: String) -> ConnectionInfo {
        ConnectionInfo(options: options, environment: environment, applicationName: applicationName)
    }

    /// The same, with some options set over what the string says, such as `["options": "-c statement_timeout=5s"]`.
    public func setting(_ changes: [String: String]) throws(ConnectionInfoError) -> ConnectionInfo {
        let known = ConnectionStringReader.knownOptions()
        if let unknown = changes.keys.sorted().first(where: { !known.contains($0) }) {
            throw .unknownOption(unknown)
        }
        let options = options.merging(changes) { $1 }
        try Self.validate(options)
        return ConnectionInfo(options: options, environment: environment, applicationName: applicationName)
    }

    /// What makes a half-open connection show: within 25 s of silence where nothing is sent, within 15 s where
    /// something is sent and not acknowledged. `tcp_user_timeout` also lets libpq go on from an address that swallows
    /// packets to the next one.
    private static let defaults = [
        "connect_timeout": defaultConnectTimeout,
        "keepalives": "1",
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": "8000",
    ]

    static let defaultConnectTimeout = "10"

    /// All that libpq is given; it adds the environment itself.
    var parameters: [String: String] {
        var parameters = options
        // Text is read as UTF-8 here, so that any other encoding would be garbage.
        parameters["client_encoding"] = "UTF8"
        if let applicationName, parameters["fallback_application_name"] == nil {
            parameters["fallback_application_name"] = applicationName
        }
        // What a service file says is known to libpq only, and must win over defaults.
        guard value("service") == nil else { return parameters }
        for (keyword, value) in Self.defaults where self.value(keyword) == nil {
            parameters[keyword] = value
        }
        return parameters
    }

    func value(_ keyword: String) -> String? {
        options[keyword] ?? environment[keyword]
    }
}
