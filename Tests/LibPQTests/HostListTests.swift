import Testing

@testable import LibPQ

@Suite struct HostListTests {
    @Test func `a host that does not answer leaves the ones after it`() {
        let list = HostList(["host": "a,b,c", "port": "1,2,3"])
        #expect(list.after(host: "a", port: "1")?.options == ["host": "b,c", "hostaddr": "", "port": "2,3"])
        #expect(list.after(host: "b", port: "2")?.options == ["host": "c", "hostaddr": "", "port": "3"])
        #expect(list.after(host: "c", port: "3") == nil)
        #expect(list.after(host: "d", port: "1") == nil)
    }

    @Test func `one port stands for all hosts`() {
        let list = HostList(["host": "a,b", "port": "7"])
        #expect(list.after(host: "a", port: "7")?.options["port"] == "7")
    }

    @Test func `the same host on two ports is two hosts`() {
        let list = HostList(["host": "a,a", "port": "1,2"])
        #expect(list.after(host: "a", port: "1")?.options["port"] == "2")
        #expect(list.after(host: "a", port: "2") == nil)
    }

    @Test func `addresses go with their names`() {
        let list = HostList(["host": "a,b", "hostaddr": "10.0.0.1,10.0.0.2"])
        #expect(list.after(host: "a", port: "5432")?.options == ["host": "b", "hostaddr": "10.0.0.2", "port": ""])
        let nameless = HostList(["hostaddr": "10.0.0.1,10.0.0.2"])
        #expect(nameless.after(host: "10.0.0.1", port: "5432")?.options["hostaddr"] == "10.0.0.2")
    }

    @Test func `nothing comes after a single host`() {
        #expect(HostList(["host": "a"]).after(host: "a", port: "5432") == nil)
        #expect(HostList([:]).after(host: "/tmp", port: "5432") == nil)
    }
}
