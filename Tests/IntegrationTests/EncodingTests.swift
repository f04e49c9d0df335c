import LibPQ
import TestSupport
import Testing

/// A write in a database of any encoding: its text is told as UTF-8, and where it is none, everybody is.
@Suite(.timeLimit(.minutes(20))) struct EncodingTests {
    private static let word = "create table word (id int primary key, key text, owner text)"
    private static let watch = "select freshet.watch('word', '{words,key/:key}', '{user/:owner}')"

    @Test(arguments: [("LATIN1", "é"), ("EUC_JP", "日本"), ("WIN1251", "жук"), ("SQL_ASCII", "é😀")])
    func `text of every encoding is told as the text that it is`(encoding: String, text: String) async throws {
        try await Twins.withTwins(encoding: encoding, setUp: Self.word, watch: Self.watch) { twins in
            let told: Set = ["user/\(text) words", "user/\(text) key/\(text)"]
            try await twins.expect(
                "insert into word values (1, $1, $1) returning word::text",
                [.text(text)],
                tells: told
            )
            try await twins.expect("update word set id = 2 returning id", tells: told)
            // Long in one encoding, longer in another.
            let long = "insert into word values (3, repeat($1, 1100), $1), (4, $1, $1) returning md5(key)"
            try await twins.expect(long, [.text(text)], tells: told.union(["user/\(text) key"]))
        }
    }

    @Test(arguments: Twins.Delivery.allCases)
    func `bytes that are no text in a database that does not know its encoding`(delivery: Twins.Delivery) async throws {
        try await Twins.withTwins(delivery, encoding: "SQL_ASCII", setUp: Self.word, watch: Self.watch) { twins in
            try await twins.expect(#"insert into word values (1, E'\xff\xfe', 'u') returning id"#, tells: ["* "])
            try await twins.expect(
                #"insert into word values (2, E'\xc3', 'u'), (3, 'ok', E'\xe9'), (4, 'ok', 'v') returning md5(key)"#,
                tells: ["* ", "user/v words", "user/v key/ok"]
            )
            try await twins.expect(
                #"update word set key = 'a', owner = 'u' where id < 4"#,
                tells: ["* "]
            )
            try await twins.change(#"set freshet.origin = E'\xff'"#)
            try await twins.expect("delete from word where id = 4", tells: ["* "])
        }
    }
}
