// A stream for everybody: whoever comes hears what is told in the scope `global`, and nothing else.

import Foundation
import Freshet
import Hummingbird
import LibPQ

let freshet = try Freshet(
    database: .conninfo(ProcessInfo.processInfo.environment["DATABASE_URL"] ?? ""),
    configuration: .init(basePath: "/api/invalidator")
)

let router = Router()
router.addRoutes(freshet.routes { _, _ in .anonymous })

let application = Application(router: router, services: [freshet])
try await application.runService()
