import Foundation
import TestSupport
import Testing
import ThrowawayPostgres

@Suite(.serialized, .timeLimit(.minutes(20))) struct StandbyTests {
    private static let small = ["fsync": "off", "full_page_writes": "off", "max_connections": "20"]

    @Test(arguments: [ClusterOptions.Authentication.trust, .scramSHA256])
    func `a standby follows, refuses to write, and takes writes once it is promoted`(
        authentication: ClusterOptions.Authentication
    ) async throws {
        let options = ClusterOptions(authentication: authentication, listensOnTCP: true, settings: Self.small)
        try await withCluster(options) { primary in
            try await primary.psql(.text("create table t (a int); insert into t values (1)"))
            let directory = try await primary.withStandby { standby in
                #expect(standby.port != primary.port)
                try await primary.psql(.text("insert into t values (2)"))
                try await standby.catchUp(with: primary)
                let count = "select count(*) from t"
                #expect(try await standby.psql(.text(count), conninfo: standby.conninfo(over: .tcp)) == "2")
                await #expect(throws: ClusterError.self) { try await standby.psql(.text("insert into t values (3)")) }

                try await standby.restart()
                try await primary.stop()
                try await standby.promote()
                try await standby.psql(.text("insert into t values (3)"))
                #expect(try await standby.psql(.text(count)) == "3")
                return standby.directory
            }
            #expect(!FileManager.default.fileExists(atPath: directory))
        }
    }

    @Test func `a standby that cannot be promoted says why`() async throws {
        try await withCluster(ClusterOptions(settings: Self.small)) { primary in
            let error = await #expect(throws: ClusterError.self) { try await primary.promote() }
            #expect(error?.description.contains("recovery is not in progress") == true)
        }
    }

    @Test func `a copy goes its own way, also when its original goes on`() async throws {
        try await withCluster(ClusterOptions(settings: Self.small)) { original in
            try await original.psql(.text("create table t (a int); insert into t values (1)"))
            try await original.withCopy { copy in
                try await original.psql(.text("insert into t values (2)"))
                try await copy.psql(.text("insert into t values (3)"))
                #expect(try await original.psql(.text("select string_agg(a::text, ',' order by a) from t")) == "1,2")
                #expect(try await copy.psql(.text("select string_agg(a::text, ',' order by a) from t")) == "1,3")
            }
        }
    }

    @Test func `a proxy leads to the promoted standby when it is turned there`() async throws {
        let options = ClusterOptions(listensOnTCP: true, settings: Self.small)
        try await withCluster(options) { primary in
            try await primary.withStandby { standby in
                try await TCPProxy.withProxy(to: .tcp(port: primary.port)) { proxy in
                    let conninfo = primary.conninfo(port: proxy.port)
                    let isStandby = "select pg_is_in_recovery()"
                    #expect(try await primary.psql(.text(isStandby), conninfo: conninfo) == "f")
                    proxy.retarget(.tcp(port: standby.port))
                    #expect(try await primary.psql(.text(isStandby), conninfo: conninfo) == "t")
                    try await standby.promote()
                    #expect(try await primary.psql(.text(isStandby), conninfo: conninfo) == "f")
                }
            }
        }
    }
}
