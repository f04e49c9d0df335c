import Freshet
import Hummingbird
import NIOCore

/// Signing in and out, by a session in the database that the stream of whoever has its token ends with.
struct SessionRoutes: Sendable {
    let store: TodoStore
    let announcement: DemoAnnouncement

    func add(to group: RouterGroup<ServerContext>) {
        group.post("sign-in") { request, context in
            let name = try await request.decode(as: SignIn.self, context: context).user
            guard let user = announcement.users.first(where: { $0.id == name })?.id,
                let token = try await store.signIn(user)
            else { throw HTTPError(.badRequest, message: "There is no such user of the demo.") }
            announcement.signedIn(user, token: token)
            return PageRoutes.response(ByteBuffer(bytes: announcement.json), type: "application/json")
        }
        // Whoever is signed out already has what was asked for.
        group.post("sign-out") { request, _ in
            let token = try DemoRoutes.token(of: request)
            try await store.signOut(token)
            announcement.signedOut(token: token)
            return Response(status: .noContent)
        }
    }
}

/// The body of `POST /sign-in`.
private struct SignIn: Decodable {
    let user: String
}
