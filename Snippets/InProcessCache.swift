// A server that keeps prices in memory, and is told when they go stale, beside the streams that it serves.

import Foundation
import Freshet
import Hummingbird
import LibPQ

let database = try ConnectionInfo(ProcessInfo.processInfo.environment["DATABASE_URL"] ?? "")
let freshet = try Freshet(database: database)

// snippet.cache
let changes = freshet.events()
let prices = InvalidatingCache<Int, String> { product in
    let price = try await Connection.withConnection(database) { connection in
        try await connection.query("select price::text from product where id = $1", [.int(product)]).first
    }
    return (try price?.decode(at: 0, as: String.self) ?? "none", [Tag("product", .integer(product))])
}
let following = Task { for await change in changes { await prices.apply(change) } }
// snippet.end

let router = Router()
router.get("price/:product") { _, context in
    try await prices.value(for: try context.parameters.require("product", as: Int.self))
}
router.addRoutes(freshet.routes { _, _ in .anonymous })

try await Application(router: router, services: [freshet]).runService()
following.cancel()
