import Testing

@testable import LibPQ

/// Every type, in both forms that the server writes.
@Suite(.timeLimit(.minutes(20))) struct DecodingTests {
    /// Reads one expression in one form.
    private func read<Value: PostgresDecodable>(
        _ expression: String,
        _ format: ResultFormat,
        as type: Value.Type = Value.self
    ) async throws -> Value {
        try await Connection.withConnection(ThrowawayServer.shared.info) { connection in
            try await connection.query("select \(expression) as value", resultFormat: format)[0].decode("value")
        }
    }

    private func expect<Value: PostgresDecodable & Equatable>(
        _ expression: String,
        _ expected: Value,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        for format in [ResultFormat.text, .binary] {
            let value: Value = try await read(expression, format)
            #expect(value == expected, "\(expression) as \(format)", sourceLocation: location)
        }
    }

    /// Expects an error about the column `value` whose sentence holds all of `words`.
    private func expectFailure<Value: PostgresDecodable>(
        _ expression: String,
        as type: Value.Type,
        _ formats: [ResultFormat] = [.text, .binary],
        words: String...,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        for format in formats {
            do {
                let value = try await read(expression, format, as: type)
                Issue.record("\(expression) as \(format) is \(value).", sourceLocation: location)
            } catch let error as PostgresError {
                for word in ["\"value\"", "\(Value.self)"] + words {
                    #expect("\(error)".contains(word), sourceLocation: location)
                }
            }
        }
    }

    @Test func `integers of every width are read`() async throws {
        try await expect("12::int2", 12)
        try await expect("'-2147483648'::int4", -2_147_483_648)
        try await expect("9223372036854775807::int8", Int64.max)
        try await expect("'-9223372036854775808'::int8", Int.min)
        try await expect("'18446744073709551615'::xid8", UInt64.max)
        try await expect("81240::text::xid8", 81240)
        try await expect("4294967295::oid", UInt32.max)
        try await expect("'4294967295'::xid", 4_294_967_295)
        try await expect("7::int8", Int32(7))
    }

    @Test func `an integer that does not fit is an error that names the column`() async throws {
        try await expectFailure("(-1)::int8", as: UInt64.self, words: "int8", "0...18446744073709551615")
        try await expectFailure("300000::int4", as: Int16.self, words: "int4", "-32768...32767")
        try await expectFailure("'18446744073709551615'::xid8", as: Int.self, words: "xid8")
        try await expectFailure("'x'::text", as: Int.self, words: "text")
        try await expectFailure("1.5::float8", as: Int.self, words: "float8")
    }

    @Test func `booleans are read`() async throws {
        try await expect("true", true)
        try await expect("false", false)
        try await expectFailure("1", as: Bool.self, words: "int4")
        try await expectFailure("'t'::text", as: Bool.self, words: "text")
    }

    @Test func `floating point is read to the last bit`() async throws {
        try await expect("0.1::float8", 0.1)
        try await expect("1.5::float4", 1.5)
        try await expect("42::int4", 42.0)
        try await expect("'-Infinity'::float8", -Double.infinity)
        for format in [ResultFormat.text, .binary] {
            #expect(try await read("'NaN'::float8", format, as: Double.self).isNaN)
        }
        #expect(try await read("1.25::numeric", .text, as: Double.self) == 1.25)
    }

    @Test func `text is read, whatever is in it`() async throws {
        try await expect("'Ünïcode 🦊 \"quotes\" {braces}'::text", "Ünïcode 🦊 \"quotes\" {braces}")
        try await expect("''::text", "")
        try await expect("'x'::varchar", "x")
        try await expect("'x'::char(3)", "x  ")
        try await expect("'x'::name", "x")
        try await expect("'literal'", "literal")
        try await expect("'{\"a\": 1}'::jsonb", "{\"a\": 1}")
        try await expect("'{\"a\" : 1}'::json", "{\"a\" : 1}")
        try await expect("repeat('🦊', 100000)", String(repeating: "🦊", count: 100_000))
        #expect(try await read("12.50::numeric", .text, as: String.self) == "12.50")
        try await expectFailure("12.5::numeric", as: String.self, [.binary], words: "numeric")
        try await expectFailure("7", as: String.self, [.binary], words: "int4")
    }

    @Test func `an enum is text`() async throws {
        try await Connection.withConnection(ThrowawayServer.shared.info) { connection in
            try await connection.execute("begin; create type mood as enum ('calm', 'wild 🐎')")
            for format in [ResultFormat.text, .binary] {
                let rows = try await connection.query("select 'wild 🐎'::mood", resultFormat: format)
                #expect(try rows[0].decode(at: 0, as: String.self) == "wild 🐎")
            }
        }
    }

    @Test func `bytes are read, whichever way the server writes them`() async throws {
        let all = [UInt8](0...255)
        try await Connection.withConnection(ThrowawayServer.shared.info) { connection in
            for output in ["hex", "escape"] {
                try await connection.execute("set bytea_output = \(output)")
                for format in [ResultFormat.text, .binary] {
                    let rows = try await connection.query(
                        "select $1, $2",
                        [.bytea(all), .bytea([])],
                        resultFormat: format
                    )
                    let (read, empty) = try rows[0].decode([UInt8].self, [UInt8].self)
                    #expect(read == all)
                    #expect(empty == [])
                }
            }
        }
        try await expectFailure("'x'::text", as: [UInt8].self, words: "text")
    }

    @Test func `a null is nil, and an error where there is no nil`() async throws {
        try await expect("null::int4", Int?.none)
        try await expect("null::text", String?.none)
        try await expect("null::bytea", [UInt8]?.none)
        try await expect("null::text[]", [String]?.none)
        try await expect("5::int4", Int?.some(5))
        try await expectFailure("null::int4", as: Int.self, words: "null", "int4")
    }

    private static let awkward: [String] = [
        "", "plain", "with blank", "a,b", "{braces}", "\"quoted\"", "back\\slash", "NULL", "null", "🦊", "é", "'",
        "\t\n",
        "\\\"", "\\N", "(a)", "$1", "line\r\nbreak",
    ]

    @Test func `an array of text comes back as it was sent`() async throws {
        let values = Self.awkward + Self.awkward.map { $0 + $0 }
        try await Connection.withConnection(ThrowawayServer.shared.info) { connection in
            for format in [ResultFormat.text, .binary] {
                for array in [values, [], [""], ["NULL"]] {
                    let rows = try await connection.query(
                        "select $1::text[], cardinality($1::text[])",
                        [.textArray(array)],
                        resultFormat: format
                    )
                    let (read, count) = try rows[0].decode([String].self, Int.self)
                    #expect(read == array)
                    #expect(count == array.count)
                }
            }
        }
    }

    @Test func `arrays of one dimension are read`() async throws {
        try await expect("array['a', null, 'NULL']", ["a", nil, "NULL"] as [String?])
        try await expect("array[1, -2]::int8[]", [1, -2])
        try await expect("array[1, null]::int4[]", [1, nil] as [Int?])
        try await expect("'[5:6]={a,b}'::text[]", ["a", "b"])
        try await expect("'{}'::text[]", [String]())
        try await expect("array['x']::varchar[]", ["x"])
        try await expectFailure("array['a', null]", as: [String].self, words: "null")
        try await expectFailure("array[['a'], ['b']]", as: [String].self, words: "dimensions")
        try await expectFailure("'a'::text", as: [String].self, [.text], words: "array")
        try await expectFailure("''::text", as: [String].self, words: "array")
    }

    @Test(arguments: ["UTC", "Asia/Kathmandu", "America/St_Johns", "Africa/Monrovia"])
    func `points in time, whatever the zone`(zone: String) async throws {
        let times: [(String, Int64)] = [
            ("1970-01-01 00:00:00+00", 0),
            ("2025-03-01 12:34:56.789012+05:30", 1_740_812_696_789_012),
            ("2000-02-29 23:59:59.5+00", 951_868_799_500_000),
            ("1969-12-31 23:59:59.999999+00", -1),
            ("1900-01-01 00:00:00+00", -2_208_988_800_000_000),
            ("0044-03-15 12:00:00+00 BC", -63_517_780_800_000_000),
            ("12345-06-07 00:00:00+00", 327_416_947_200_000_000),
            ("infinity", .max),
            ("-infinity", .min),
        ]
        try await Connection.withConnection(ThrowawayServer.shared.info) { connection in
            try await connection.execute("set time zone '\(zone)'")
            for (text, expected) in times {
                for format in [ResultFormat.text, .binary] {
                    let rows = try await connection.query(
                        "select $1::timestamptz",
                        [.text(text)],
                        resultFormat: format
                    )
                    let time = try rows[0].decode(at: 0, as: Timestamp.self)
                    #expect(time.microsecondsSince1970 == expected, "\(text) as \(format)")
                    guard time.isFinite else { continue }
                    let epoch = try await connection.query(
                        "select extract(epoch from $1::timestamptz)::float8",
                        [.text(text)]
                    )
                    #expect(try epoch[0].decode(at: 0) == time.secondsSince1970)
                }
            }
        }
    }

    @Test func `a point in time in another style is an error, not another time`() async throws {
        try await Connection.withConnection(ThrowawayServer.shared.info) { connection in
            for style in ["SQL, DMY", "German", "Postgres"] {
                try await connection.execute("set datestyle = '\(style)'")
                let rows = try await connection.query("select now()")
                #expect(throws: PostgresError.self) { try rows[0].decode(at: 0, as: Timestamp.self) }
            }
        }
        try await expectFailure("now()::timestamp", as: Timestamp.self, words: "1114")
    }

    @Test(arguments: [
        "0", "1 hour", "-1 second", "1 day", "1 mon", "1 year", "13 mons -2 days 03:04:05.678901",
        "-1 year 1 day -0.5 s",
        "100000:00:00", "-00:00:00.000001", "2 years -1 mon",
    ])
    func `an interval is as long as PostgreSQL says`(interval: String) async throws {
        try await Connection.withConnection(ThrowawayServer.shared.info) { connection in
            let rows = try await connection.query(
                "select extract(epoch from $1::interval)::numeric(30, 6)::text",
                [.text(interval)]
            )
            let seconds = try #require(Double(rows[0].decode(at: 0, as: String.self)))
            for format in [ResultFormat.text, .binary] {
                let value = try await connection.query(
                    "select $1::interval",
                    [.text(interval)],
                    resultFormat: format
                )[0].decode(at: 0, as: Duration.self)
                #expect(abs(value / .seconds(1) - seconds) < 0.000_000_5, "\(interval) as \(format)")
            }
            try await connection.execute("set intervalstyle = 'iso_8601'")
            let other = try await connection.query("select '1 day'::interval")
            #expect(throws: PostgresError.self) { try other[0].decode(at: 0, as: Duration.self) }
        }
    }

    @Test func `what is not there is an error`() async throws {
        try await Connection.withConnection(ThrowawayServer.shared.info) { connection in
            let row = try await connection.query("select 1 as a, 2 as \"B\"")[0]
            #expect(try row.decode("B", as: Int.self) == 2)
            #expect(throws: PostgresError.self) { try row.decode("b", as: Int.self) }
            #expect(throws: PostgresError.self) { try row.decode(at: 2, as: Int.self) }
            #expect(throws: PostgresError.self) { try row.decode(at: -1, as: Int.self) }
            #expect(throws: PostgresError.self) { try row.decode(Int.self, Int.self, Int.self) }
        }
    }

    @Test func `what is not UTF-8 is an error`() {
        for bytes in [[0xFF], [0xC3], [0xED, 0xA0, 0x80]] as [[UInt8]] {
            #expect(throws: DecodingFailure.self) { try String.decode(bytes.span, type: .text, format: .binary) }
        }
    }

    @Test func `bytes that are cut short are an error in every type`() {
        func expectFailure<Value: PostgresDecodable>(_: Value.Type, _ bytes: [UInt8], _ type: PostgresType) {
            for length in 0..<bytes.count {
                let part = [UInt8](bytes.prefix(length))
                #expect(throws: DecodingFailure.self, "\(type), \(length) bytes") {
                    try Value.decode(part.span, type: type, format: .binary)
                }
            }
        }
        let number: [UInt8] = [0, 0, 0, 1]
        expectFailure(Int.self, number + number, .int8)
        expectFailure(Int.self, number, .int4)
        expectFailure(Double.self, number + number, .float8)
        expectFailure(Bool.self, [1], .bool)
        expectFailure(Timestamp.self, number + number, .timestamptz)
        let header = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 1, 0, 0, 0, 1] as [UInt8]
        expectFailure([String].self, header + [0, 0, 0, 2, 0x61, 0x62], .textArray)
    }
}
