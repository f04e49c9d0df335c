/// A PostgreSQL type, by its object id (`pg_type.oid`).
public struct PostgresType: RawRepresentable, Sendable, Hashable {
    /// The object id. Below 16384 it is the same in every database; above, each gives its own.
    public let rawValue: UInt32

    /// Any id, known here or not: ask `'mood'::regtype::oid` for that of a type of your own.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// `boolean`; one byte in binary form.
    public static let bool = PostgresType(rawValue: 16)
    /// Bytes; in text form after `bytea_output`, which is hexadecimal unless set otherwise.
    public static let bytea = PostgresType(rawValue: 17)
    /// A name in the catalogs, of up to 63 bytes.
    public static let name = PostgresType(rawValue: 19)
    /// `bigint`, of 64 bits.
    public static let int8 = PostgresType(rawValue: 20)
    /// `smallint`, of 16 bits.
    public static let int2 = PostgresType(rawValue: 21)
    /// `integer`, of 32 bits.
    public static let int4 = PostgresType(rawValue: 23)
    /// Text without a limit but the 1 GiB of every value.
    public static let text = PostgresType(rawValue: 25)
    /// An object id, 32 bits without a sign; `regclass` and its like have types of their own.
    public static let oid = PostgresType(rawValue: 26)
    /// A transaction id of 32 bits, which wraps around: ``xid8`` is the one to keep.
    public static let xid = PostgresType(rawValue: 28)
    /// JSON as it was written, blanks and all.
    public static let json = PostgresType(rawValue: 114)
    /// `real`, of 32 bits.
    public static let float4 = PostgresType(rawValue: 700)
    /// `double precision`, of 64 bits.
    public static let float8 = PostgresType(rawValue: 701)
    /// What a literal has before the server knows better; in an array's text, what its elements are read as.
    public static let unknown = PostgresType(rawValue: 705)
    /// `text[]`, of any number of dimensions.
    public static let textArray = PostgresType(rawValue: 1009)
    /// `char(n)`, which comes padded with blanks.
    public static let bpchar = PostgresType(rawValue: 1042)
    /// `varchar(n)`; how long it may be is not part of the id.
    public static let varchar = PostgresType(rawValue: 1043)
    /// `timestamp with time zone`: a point in time, as ``Timestamp`` reads it. The zone itself is not kept.
    public static let timestamptz = PostgresType(rawValue: 1184)
    /// Months, days and microseconds, three numbers; a `Duration` makes one of them.
    public static let interval = PostgresType(rawValue: 1186)
    /// Decimal digits, exact; read in text form alone.
    public static let numeric = PostgresType(rawValue: 1700)
    /// JSON taken apart: neither blanks nor the order of keys are kept, and of two equal keys the last.
    public static let jsonb = PostgresType(rawValue: 3802)
    /// A transaction id of 64 bits, `pg_current_xact_id()`, which does not wrap around; since PostgreSQL 13.
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
