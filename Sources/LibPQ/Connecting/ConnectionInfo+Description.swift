extension ConnectionInfo: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What a log may say: host, port, database and user, as far as they are known before libpq connects.
    public var summary: String {
        var parts: [String] = []
        for keyword in ["service", "host", "hostaddr", "port", "dbname", "user"] {
            if let value = value(keyword), !value.isEmpty { parts.append("\(keyword)=\(value)") }
        }
        return parts.joined(separator: " ")
    }

    public var description: String { summary }

    public var debugDescription: String { summary }

    public var customMirror: Mirror {
        Mirror(self, children: ["summary": summary], displayStyle: .struct)
    }
}
