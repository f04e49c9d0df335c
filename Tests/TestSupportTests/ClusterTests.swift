import Foundation
import TestSupport
import Testing
import ThrowawayPostgres

@Suite(.serialized) struct ClusterTests {
    private static let fast = ["fsync": "off", "max_connections": "20"]

    @Test func `a cluster is gone with its scope`() async throws {
        let directory = try await withCluster(ClusterOptions(settings: Self.fast)) { cluster in
            #expect(FileManager.default.fileExists(atPath: cluster.socketPath))
            let shown = try await cluster.psql(.text("show max_connections; show server_encoding"))
            #expect(shown == "20\nUTF8")
            return cluster.directory
        }
        #expect(!FileManager.default.fileExists(atPath: directory))
    }

    @Test func `a cluster is gone when its scope ends with an error`() async throws {
        struct Failure: Error {}
        var directory = ""
        await #expect(throws: Failure.self) {
            try await withCluster(ClusterOptions(settings: Self.fast)) { cluster in
                directory = cluster.directory
                throw Failure()
            }
        }
        #expect(directory.hasPrefix("/tmp/freshet-"))
        #expect(!FileManager.default.fileExists(atPath: directory))
    }

    @Test func `a cluster is gone when its task is cancelled`() async throws {
        let isThere = Latch()
        let task = Task {
            var directory = ""
            try? await withCluster(ClusterOptions(settings: Self.fast)) { cluster in
                directory = cluster.directory
                isThere.open()
                try await Latch().wait()
            }
            return directory
        }
        try await isThere.wait("the cluster")
        task.cancel()
        #expect(!FileManager.default.fileExists(atPath: await task.value))
    }

    @Test func `what was committed outlives a restart, an immediate stop and a crash`() async throws {
        try await withCluster(ClusterOptions(listensOnTCP: true, settings: Self.fast)) { cluster in
            try await cluster.psql(.text("create table t (a int)"))
            let insert = "insert into t values (1); checkpoint; insert into t values (2)"
            for round in 1...4 {
                try await cluster.psql(.text(insert), conninfo: cluster.conninfo(over: .tcp))
                let before = try await cluster.postmaster()
                switch round {
                case 1: try await cluster.restart()
                case 2: try await cluster.restart(.immediate)
                case 3: try await cluster.restart(.smart)
                default:
                    try await cluster.crash()
                    #expect(try await cluster.postmaster() == nil)
                    try await cluster.start()
                }
                #expect(try await cluster.postmaster() != before)
                #expect(try await cluster.psql(.text("select count(*) from t")) == "\(2 * round)")
            }
        }
    }

    @Test func `a stopped server refuses and says so`() async throws {
        try await withCluster(ClusterOptions(settings: Self.fast)) { cluster in
            try await cluster.stop()
            await #expect(throws: ClusterError.self) { try await cluster.psql(.text("select 1")) }
            await #expect(throws: ClusterError.failed(step: "stop", output: "it is not running")) {
                try await cluster.stop()
            }
            try await cluster.start()
            await #expect(throws: ClusterError.failed(step: "start", output: "it is running already")) {
                try await cluster.start()
            }
        }
    }

    @Test func `a cluster with passwords asks for them`() async throws {
        try await withCluster(ClusterOptions(authentication: .scramSHA256, settings: Self.fast)) { cluster in
            try await cluster.psql(.text("select 1"))
            let wrong = cluster.conninfo() + " password=wrong"
            let error = await #expect(throws: ClusterError.self) { try await cluster.psql(.text(""), conninfo: wrong) }
            #expect(error?.description.contains("password authentication failed") == true)
        }
    }

    @Test func `a setting that the server refuses is told in the server's words`() async throws {
        let error = await #expect(throws: ClusterError.self) {
            try await withCluster(ClusterOptions(settings: ["no_such_setting": "it's"])) { _ in }
        }
        #expect(error?.description.contains("no_such_setting") == true)
    }

    @Test func `a directory without a server is an error that names the variable`() async {
        let error = await #expect(throws: ClusterError.overrideHasNoServer("/nowhere")) {
            try await ServerBinaries.locate(environment: ["FRESHET_PG_BINDIR": "/nowhere"])
        }
        #expect(error?.description.contains("FRESHET_PG_BINDIR is /nowhere") == true)
    }

    @Test func `a server outside of PATH is found`() async throws {
        let binaries = try await ServerBinaries.locate(environment: [:])
        #expect(FileManager.default.isExecutableFile(atPath: binaries.directory + "/initdb"))
    }

    @Test func `psql stops at the first error and says where`() async throws {
        let cluster = try await TestDatabase.sharedCluster()
        let error = await #expect(throws: ClusterError.self) {
            try await cluster.psql(.text("select 1;\nselect nonsense;\nselect 2;"))
        }
        #expect(error?.description.contains("nonsense") == true)
        #expect(error?.description.contains(":2:") == true)
    }

    @Test func `psql takes variables, statements and text of any kind`() async throws {
        let cluster = try await TestDatabase.sharedCluster()
        let text = "it's \"😀\"\\n"
        let output = try await cluster.psql(.text("select :'a';\nselect 2;"), variables: ["a": text])
        #expect(output == "\(text)\n2")
    }
}
