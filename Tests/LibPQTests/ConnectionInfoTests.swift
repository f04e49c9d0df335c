import Testing

@testable import LibPQ

@Suite struct ConnectionInfoTests {
    private static let secret = "s3cr3t-horse"

    @Test(arguments: [
        "host=db.example port=5433 dbname=app user=web password=s3cr3t-horse sslpassword=s3cr3t-horse",
        "postgresql://web:s3cr3t-horse@db.example:5433/app?sslmode=require",
        "postgres://web@db.example:5433/app?password=s3cr3t-horse",
        "user='web' password = 's3cr3t-horse' host=db.example port=5433 dbname=app",
    ])
    func `whatever prints a connection string leaves the password out`(text: String) throws {
        struct Holder {
            var info: ConnectionInfo
        }
        let info = try ConnectionInfo(text)
        var dumped = ""
        dump(Holder(info: info), to: &dumped)
        let shown = [
            "\(info)", info.description, info.debugDescription, String(reflecting: info), info.summary,
            "\(Optional(info) as Any)", "\([info])", "\(Holder(info: info))", dumped,
            "\(Array(Mirror(reflecting: info).children))", "\(Mirror(reflecting: info))",
        ]
        for text in shown { #expect(!text.contains("s3cr3t")) }
        #expect(info.summary == "host=db.example port=5433 dbname=app user=web")
    }

    @Test(arguments: [
        // Not quoted, not encoded, not closed: all what people do to passwords.
        "host=db password=s3cr3t horse=4 dbname=x",
        "host=db password=s3cr3t s3cr3t",
        "host=db password = s3cr3t s3cr3t = 4",
        "host=db password='s3cr3t",
        "password=s3cr3t\\",
        "postgresql://web:s3cr3t@s3cr3t@db/app",
        "postgresql://web:s3cr3t/s3cr3t@db/app",
        "postgresql://web:5432/s3cr3t@db/app",
        "postgresql://web:5432/x?s3cr3t=1@db/app",
        "postgresql://web:s3cr3t%zz@db/app",
        "postgresql://web:s3cr3t%00@db/app",
        "postgresql://web:s3cr3t@[::1/app",
        "postgresql://web:s3cr3t/app",
        "postgresql://web:s3cr3t@db:s3cr3t/app",
        "postgresql://web@db/app?password=s3cr3t=s3cr3t",
        "postgresql://web@db/app?s3cr3t",
        "host=db port=s3cr3t",
        "host=s3cr3t@db",
        "host=db connect_timeout=s3cr3t",
        "s3cr3t",
        "password=s3cr3t\0x",
    ])
    func `an error about a connection string shows none of what could be a password`(text: String) {
        var quoted = ""
        do {
            _ = try ConnectionInfo(text)
        } catch {
            dump(error, to: &quoted)
            quoted += "\(error)" + String(reflecting: error)
        }
        // A password that libpq can read as one is no error.
        #expect(text.hasSuffix("\\") || !quoted.isEmpty)
        #expect(!quoted.contains("s3cr3t"))
        #expect(!quoted.contains("horse"))
    }

    @Test(arguments: [
        ("host=db passwrod=x", "passwrod"),
        ("host=db sslmod=require password=x", "sslmod"),
        ("password='x y' sslmod=require", "sslmod"),
        ("postgresql://web:x@db/app?sslmod=require", "sslmod"),
    ])
    func `an unknown option is named`(text: String, name: String) {
        #expect(throws: ConnectionInfoError.unknownOption(name)) { try ConnectionInfo(text) }
        #expect("\(ConnectionInfoError.unknownOption(name))".contains("\"\(name)\""))
    }

    @Test(arguments: [
        ("host=db port=99999", "port"),
        ("host=a,b port=5432,x", "port"),
        ("host=db keepalives_idle=soon", "keepalives_idle"),
        ("host=a@b", "host"),
    ])
    func `an option that holds nonsense is named`(text: String, option: String) {
        #expect {
            try ConnectionInfo(text)
        } throws: { error in
            if case .invalidValue(option, _)? = error as? ConnectionInfoError { true } else { false }
        }
    }

    @Test func `an encoded password may hold anything`() throws {
        let info = try ConnectionInfo("postgresql://web:a%40b%2Fc%3A%25@db/app?user=other%40example")
        #expect(info.summary == "host=db port=5432 dbname=app user=other@example")
        #expect(throws: Never.self) { try ConnectionInfo("postgresql://db/app?user=me@example") }
    }

    @Test func `the defaults that show a dead peer give way to what the string says`() throws {
        let bare = try ConnectionInfo("host=db").parameters
        #expect(bare["keepalives"] == "1")
        #expect(bare["tcp_user_timeout"] == "8000")
        #expect(bare["connect_timeout"] != nil)
        #expect(bare["client_encoding"] == "UTF8")
        let own = try ConnectionInfo("host=db tcp_user_timeout=1 keepalives=0 connect_timeout=3").parameters
        #expect(own["tcp_user_timeout"] == "1")
        #expect(own["keepalives"] == "0")
        #expect(own["connect_timeout"] == "3")
        #expect(try ConnectionInfo("service=app").parameters["keepalives"] == nil)
    }

    @Test func `text is read as UTF-8 whatever the string says`() throws {
        #expect(try ConnectionInfo("client_encoding=LATIN1").parameters["client_encoding"] == "UTF8")
    }

    @Test func `options can be set over the string`() throws {
        let info = try ConnectionInfo("host=db dbname=app").setting(["dbname": "other", "user": "me"])
        #expect(info.summary == "host=db port=5432 dbname=other user=me")
        #expect(throws: ConnectionInfoError.unknownOption("colour")) { try info.setting(["colour": "red"]) }
        #expect(throws: ConnectionInfoError.self) { try info.setting(["port": "none"]) }
    }
}
