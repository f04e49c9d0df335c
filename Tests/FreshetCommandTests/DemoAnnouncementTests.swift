import Testing

@testable import FreshetCommand

@Suite struct DemoAnnouncementTests {
    private func announcement(host: String) -> DemoAnnouncement {
        let database = DemoDatabase(
            users: [DemoUser(id: "ada", name: "Ada", token: "t-1")],
            operatorToken: "t-9",
            directory: "/tmp/freshet-1",
            serviceConnection: "",
            applicationURL: "postgresql://todo:pw@127.0.0.1:5/todo",
            psql: "psql"
        )
        let announcement = DemoAnnouncement(host: host, database: database)
        announcement.isRunning(on: 81)
        return announcement
    }

    @Test(arguments: [
        ("127.0.0.1", "http://127.0.0.1:81/"), ("0.0.0.0", "http://127.0.0.1:81/"), ("::1", "http://[::1]:81/"),
    ])
    func `the address can be opened as it is printed`(_ host: String, _ address: String) {
        #expect(announcement(host: host).text.contains("    \(address)\n"))
    }

    @Test func `lines to paste hold the token, the address and the database`() {
        let text = announcement(host: "127.0.0.1").text
        #expect(text.contains("curl -N -H 'Authorization: Bearer t-1' http://127.0.0.1:81/api/invalidator/sse\n"))
        #expect(text.contains(#"psql "postgresql://todo:pw@127.0.0.1:5/todo" -c "update todo set "#))
    }

    @Test func `a local page is not served under a foreign name`() {
        let local = announcement(host: "127.0.0.1")
        for own in ["127.0.0.1:81", "localhost:81", "localhost", "[::1]:81"] { #expect(local.isOwn(authority: own)) }
        for foreign in ["evil.example:81", "127.0.0.1.evil.example", "[::2]:81", "", "localhost.evil"] {
            #expect(!local.isOwn(authority: foreign), "\(foreign)")
        }
        #expect(announcement(host: "0.0.0.0").isOwn(authority: "box.lan:81"))
    }
}
