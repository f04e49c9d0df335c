/// Why a connection string is not one.
///
/// No case holds a part of the string that could be a password: a password with an unescaped `@`, `/` or blank makes
/// libpq see some of it where it expects a host, a port or an option.
public enum ConnectionInfoError: Error, Sendable, Hashable {
    /// libpq has no such option. The name is left out where it could be part of a password.
    case unknownOption(String?)
    /// An option holds something that it cannot.
    case invalidValue(option: String, expected: String)
    /// The string is neither `keyword=value …` nor a URI.
    case malformed(String)
}

extension ConnectionInfoError: CustomStringConvertible {
    /// One sentence that may be logged: it names the option, never what it holds.
    public var description: String {
        switch self {
        case .unknownOption(let name?):
            "The connection string has an option \"\(name)\", which libpq does not know."
        case .unknownOption(nil):
            """
            The connection string has an option that libpq does not know; a password with blanks must be quoted, and \
            in a URI percent-encoded.
            """
        case .invalidValue(let option, let expected):
            "The connection option \(option) must be \(expected)."
        case .malformed(let reason):
            "The connection string cannot be read: \(reason)."
        }
    }
}
