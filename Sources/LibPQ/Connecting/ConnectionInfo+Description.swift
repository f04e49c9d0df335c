extension ConnectionInfo: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What a log may say: host, port, database and user, as far as they are known before libpq connects.
    public var summary: String {
        var parts: [String] = []
        for keyword in ["service", "host", "hostaddr", "port", "dbname", "user"] {
            if let value = value(keyword), !value.isEmpty { parts.append("\(keyword)=\(value)") }
        }
        return parts.joined(separator: " ")
    }

    /// The ``summary``, so that string interpolation shows no password.
    public var description: String { summary }

    /// The ``summary``, so that `debugPrint` and a debugger's console show no password.
    public var debugDescription: String { summary }

    /// The ``summary`` alone, so that `dump` and whatever else reflects show no password.
    public var customMirror: Mirror {
        Mirror(self, children: ["summary": summary], displayStyle: .struct)
    }
}
