extension ConnectionInfo {
    /// libpq checks these only when it connects, and its message then shows the value.
    static func validate(_ options: [String: String]) throws(ConnectionInfoError) {
        for (keyword, value) in options where value.containsZeroByte {
            throw .invalidValue(option: keyword, expected: "text without a zero byte")
        }
        for port in (options["port"] ?? "").split(separator: ",") {
            guard let number = Int(port), (1...65_535).contains(number) else {
                throw .invalidValue(
                    option: "port",
                    expected:
                        "a number in 1...65535 (in a URI, \"/\", \":\" and \"@\" of a password are percent-encoded)"
                )
            }
        }
        for keyword in ["host", "hostaddr"] where options[keyword]?.contains("@") == true {
            throw .invalidValue(
                option: keyword,
                expected: "without \"@\" (in a URI, \"@\" of a password is percent-encoded as %40)"
            )
        }
        for keyword in numbers {
            guard let value = options[keyword], Int32(value) == nil else { continue }
            throw .invalidValue(option: keyword, expected: "a whole number")
        }
    }

    private static let numbers = [
        "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout",
    ]
}
