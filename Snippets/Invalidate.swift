// Telling what no trigger sees: in a transaction of its own, and in one of the application's.

import Foundation
import Freshet
import LibPQ

let database = try ConnectionInfo(ProcessInfo.processInfo.environment["DATABASE_URL"] ?? "")
let freshet = try Freshet(database: database)

// snippet.alone
let position = try await freshet.invalidate(tags: [Tag("exchange-rates")], scope: .global)
print(position.text)
// snippet.end

// snippet.transaction
try await Connection.withConnection(database) { connection in
    try await connection.execute("begin")
    _ = try await connection.query("update account set plan = 'pro' where id = $1", [.int(7)])
    // Told when this commits, and not at all where it rolls back.
    _ = try await connection.query("select freshet.invalidate(array['account/7'], 'user/7')")
    try await connection.execute("commit")
}
// snippet.end
