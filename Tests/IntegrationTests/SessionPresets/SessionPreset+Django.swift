import Foundation
import TestSupport

extension SessionPreset {
    static let django = SessionPreset(
        name: "django",
        shape: "",
        tables: DjangoVectors.shared.tables.map { $0 + ";\n" }.joined(),
        rows: DjangoVectors.shared.rows,
        relations: ["sessions": "django_session", "users": "auth_user"],
        columns: [
            "sessions.session_key", "sessions.session_data", "sessions.expire_date", "users.password",
        ],
        credential: DjangoVectors.shared.credential("ada"),
        user: "1",
        sessionID: "freshet.secret_id('\(DjangoVectors.shared.key("ada"))')",
        refused: DjangoVectors.shared.refused,
        administrator: ([:], DjangoVectors.shared.credential("grace")),
        signOut: "delete from django_session where session_key = '\(DjangoVectors.shared.key("ada"))'",
        printed: "freshet serve --token-format django --cookie sessionid"
    )
}

/// `Tests/Vectors/django_sessions.json`: what Django has written, by the script beside it.
struct DjangoVectors: Decodable, Sendable {
    struct User: Decodable {
        let id: Int
        let username: String
        let password: String
        let isActive: Bool
        let isSuperuser: Bool
    }

    struct Session: Decodable {
        let sessionKey: String
        let sessionData: String
        let user: String?
        let hash: String?
    }

    struct Hash: Decodable {
        let password: String
        let hash: String
    }

    let hashKey: String
    let fallbackHashKey: String
    let tables: [String]
    let users: [User]
    let sessions: [String: Session]
    let hashes: [Hash]

    static let shared: DjangoVectors = {
        let url = URL(fileURLWithPath: "\(Repository.root)/Tests/Vectors/django_sessions.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(DjangoVectors.self, from: Data(contentsOf: url))
        } catch {
            preconditionFailure("\(url.path): \(error)")
        }
    }()

    func key(_ session: String) -> String { sessions[session]?.sessionKey ?? "" }

    /// What the service asks with when it has read the data.
    func credential(_ session: String, user: String? = nil, hash: String? = nil, hashKey: String? = nil) -> String {
        let found = sessions[session]
        return [
            key(session), user ?? found?.user ?? "1", hash ?? found?.hash ?? String(repeating: "0", count: 64),
            hashKey ?? self.hashKey,
        ].joined(separator: "/")
    }

    /// As the sessions lie in the table; one of them is over.
    var rows: String {
        let accounts = users.map {
            """
            insert into auth_user (id, username, password, is_active, is_superuser, first_name, last_name, email, is_staff,
              date_joined) values (\($0.id), '\($0.username)', '\($0.password)', \($0.isActive), \($0.isSuperuser), '', '', '',
              false, now());
            """
        }
        let stored = sessions.values.map {
            """
            insert into django_session values ('\($0.sessionKey)', '\($0.sessionData)', now() + interval '14 days');
            """
        }
        let over = """
            insert into django_session
              select 'past' || repeat('p', 28), session_data, now() - interval '1 second' from django_session
               where session_key = '\(key("ada"))';
            """
        return (accounts + stored + [over]).joined(separator: "\n")
    }

    var refused: [String] {
        let zero = String(repeating: "0", count: 64)
        let past = "past" + String(repeating: "p", count: 28)
        let ada = credential("ada")
        return [
            past, past + ada.dropFirst(key("ada").count), credential("barred"), credential("anonymous"),
            // Another user's hash, another key's, no hash at all.
            credential("ada", user: "2"), credential("ada", user: "2", hash: sessions["grace"]?.hash, hashKey: zero),
            credential("ada", hash: zero), credential("ada", hashKey: fallbackHashKey),
            credential("ada", hashKey: zero),
            credential("ada", user: "01"), credential("ada", user: " 1"), credential("ada", user: "1 "),
            credential("ada", user: "x"), credential("ada", user: "1e0"),
            credential("ada", user: "99999999999999999999"),
            credential("ada", user: ""), credential("ada", user: "1/1"), credential("ada", hash: ""),
            credential("ada", hashKey: ""), credential("ada", hashKey: "zz" + zero.dropFirst(2)),
            credential("ada", hashKey: String(zero.dropFirst())), ada.uppercased(),
            "/1" + ada.dropFirst(key("ada").count + 2),
        ]
    }
}
