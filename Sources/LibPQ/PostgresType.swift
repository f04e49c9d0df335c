/// A PostgreSQL type, by its object id (`pg_type.oid`).
public struct PostgresType: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static let bool = PostgresType(rawValue: 16)
    public static let bytea = PostgresType(rawValue: 17)
    public static let name = PostgresType(rawValue: 19)
    public static let int8 = PostgresType(rawValue: 20)
    public static let int2 = PostgresType(rawValue: 21)
    public static let int4 = PostgresType(rawValue: 23)
    public static let text = PostgresType(rawValue: 25)
    public static let oid = PostgresType(rawValue: 26)
    public static let xid = PostgresType(rawValue: 28)
    public static let json = PostgresType(rawValue: 114)
    public static let float4 = PostgresType(rawValue: 700)
    public static let float8 = PostgresType(rawValue: 701)
    public static let unknown = PostgresType(rawValue: 705)
    public static let textArray = PostgresType(rawValue: 1009)
    public static let bpchar = PostgresType(rawValue: 1042)
    public static let varchar = PostgresType(rawValue: 1043)
    public static let timestamptz = PostgresType(rawValue: 1184)
    public static let interval = PostgresType(rawValue: 1186)
    public static let numeric = PostgresType(rawValue: 1700)
    public static let jsonb = PostgresType(rawValue: 3802)
    public static let xid8 = PostgresType(rawValue: 5069)

    /// Ids from here on are given to what users create: enums, domains, extensions' types.
    private static let firstUserDefined: UInt32 = 16384

    /// Whether the binary form is the text itself. An enum's is; of other types that users define, reading as UTF-8
    /// shows it.
    var isTextual: Bool {
        switch self {
        case .text, .varchar, .bpchar, .name, .json, .unknown: true
        default: rawValue >= Self.firstUserDefined
        }
    }
}

extension PostgresType: CustomStringConvertible {
    /// The name for the types that are known here, else `type 600`.
    public var description: String {
        Self.names[self] ?? "type \(rawValue)"
    }

    private static let names: [PostgresType: String] = [
        .bool: "bool", .bytea: "bytea", .name: "name", .int8: "int8", .int2: "int2", .int4: "int4", .text: "text",
        .oid: "oid", .xid: "xid", .json: "json", .float4: "float4", .float8: "float8", .unknown: "unknown",
        .textArray: "text[]", .bpchar: "bpchar", .varchar: "varchar", .timestamptz: "timestamptz",
        .interval: "interval", .numeric: "numeric", .jsonb: "jsonb", .xid8: "xid8",
    ]
}
