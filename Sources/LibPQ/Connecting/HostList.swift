/// The hosts of a connection string, which may be several: `host=a,b port=5432,5433`.
struct HostList: Equatable {
    struct Host: Equatable {
        var name: String
        var address: String
        var port: String
    }

    private(set) var hosts: [Host]

    init(hosts: [Host]) {
        self.hosts = hosts
    }

    /// Reads libpq's three parallel lists, where one port stands for all hosts.
    init(_ options: [String: String]) {
        func list(_ keyword: String) -> [String] {
            guard let value = options[keyword], !value.isEmpty else { return [] }
            return value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
        hosts = (0..<max(names.count, addresses.count, 1)).map { index in
            Host(
                name: index < names.count ? names[index] : "",
                address: index < addresses.count ? addresses[index] : "",
                port: index < ports.count ? ports[index] : ports.count == 1 ? ports[0] : ""
            )
        }
    }

    /// What is left to try when the host that libpq was at (`PQhost`, `PQport`) has not answered in time.
    func after(host: String, port: String) -> HostList? {
        let isCurrent: (Host) -> Bool = {
            ($0.name == host || $0.address == host) && ($0.port == port || $0.port.isEmpty)
        }
        guard let index = hosts.firstIndex(where: isCurrent), index + 1 < hosts.count else { return nil }
        return HostList(hosts: Array(hosts[(index + 1)...]))
    }

    /// The lists as libpq wants them.
    var options: [String: String] {
        [
            "host": hosts.map(\.name).joined(separator: ","),
            "hostaddr": hosts.contains { !$0.address.isEmpty } ? hosts.map(\.address).joined(separator: ",") : "",
            "port": hosts.map(\.port).joined(separator: ","),
        ]
    }
}
