import EventStream
import HTTPTypes
import Hummingbird
import Invalidation
import Listener

/// Pause, resume, and tags that are not delivered (CONTRACT.md §6).
extension API {
    func addControls(to base: RouterGroup<G.Context>) {
        base.post("pause") { request, context in
            try await control(request, context) { commands, user throws(Commands.Failure) in
                try await commands.pause(by: user)
            }
        }
        base.post("resume") { request, context in
            try await control(request, context) { commands, _ throws(Commands.Failure) in try await commands.resume() }
        }
        base.post("tags/disable") { request, context in
            try await control(tags: request, context) { commands, tags, user throws(Commands.Failure) in
                try await commands.disable(tags, by: user)
            }
        }
        base.post("tags/enable") { request, context in
            try await control(tags: request, context) { commands, tags, _ throws(Commands.Failure) in
                try await commands.enable(tags)
            }
        }
    }

    private func control(
        _ request: Request,
        _ context: G.Context,
        _ command: (Commands, String) async throws(Commands.Failure) -> Controls
    ) async throws -> Response {
        try await gate.withAdministrator(request, context) { session in
            let controls = try await told { () async throws(Commands.Failure) in
                try await command(commands, session.userID)
            }
            audit.acted(session, request.head, "all")
            return status(await obeyed(controls))
        }
    }

    private func control(
        tags request: Request,
        _ context: G.Context,
        _ command: (Commands, [Tag], String) async throws(Commands.Failure) -> Controls
    ) async throws -> Response {
        try await gate.withAdministrator(request, context) { session in
            let tags = try TagsBody(json: try await Self.body(of: request)).tags
            let controls = try await told { () async throws(Commands.Failure) in
                try await command(commands, tags, session.userID)
            }
            audit.acted(session, request.head, "\(tags)")
            return status(await obeyed(controls))
        }
    }

    /// The controls once this replica obeys them, so that whoever has the answer finds that they hold here. Where it has
    /// no connection to hear of them it will do so later, and the answer is what the database says.
    private func obeyed(_ controls: Controls) async -> Controls {
        let deadline = ContinuousClock.now + .seconds(1)
        while hub.controls.version < controls.version, ContinuousClock.now < deadline {
            guard (try? await Task.sleep(for: .milliseconds(5))) != nil else { break }
        }
        return hub.controls.version < controls.version ? controls : hub.controls
    }
}
