import HTTPTypes
import SessionAuth

/// Finds the credential of a request: `Authorization: Bearer`, else the first configured cookie that is there.
///
/// Never the URL: addresses end up in logs, histories and referrers (CONTRACT.md §6).
struct CredentialReader: Sendable {
    enum Finding: Sendable {
        case none

        /// Something that cannot be a credential: empty, or longer than any token.
        case malformed
        case bearer(Credential)
        case cookie(Credential)
    }

    let cookies: [String]

    /// Whether a cookie's value is percent-decoded; not where it goes on to somebody else as it came.
    var decodesCookies = true

    func read(_ fields: HTTPFields) -> Finding {
        if let authorization = fields[.authorization], let token = Self.bearerToken(authorization) {
            return Credential(token).map(Finding.bearer) ?? .malformed
        }
        for name in cookies {
            guard let value = Self.cookie(name, in: fields) else { continue }
            let text = decodesCookies ? Self.percentDecoded(value) : String(value)
            return Credential(text, cookie: name).map(Finding.cookie) ?? .malformed
        }
        return .none
    }

    /// The token after the scheme, whose name is not case-sensitive (RFC 9110 §11.1).
    private static func bearerToken(_ authorization: String) -> String? {
        let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].lowercased() == "bearer" else { return nil }
        return parts.count == 2 ? parts[1].trimmingPrefix { $0 == " " }.description : ""
    }

    /// The value of the first cookie of that exact name; a name is never decoded.
    private static func cookie(_ name: String, in fields: HTTPFields) -> Substring? {
        for field in fields[values: .cookie] {
            for pair in field.split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                guard let equals = pair.firstIndex(of: "="), pair[..<equals] == name else { continue }
                return pair[pair.index(after: equals)...]
            }
        }
        return nil
    }

    /// Decodes `%xx` once; `+` stays, because base64 has it. What is no escape stays as it is.
    private static func percentDecoded(_ value: Substring) -> String {
        guard value.utf8.contains(UInt8(ascii: "%")) else { return String(value) }
        var bytes: [UInt8] = []
        var rest = value.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let decoded = UInt8(hex: rest.prefix(2)) {
                bytes.append(decoded)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    /// Reads two hexadecimal digits, and nothing else.
    init?(hex digits: some Collection<UInt8>) {
        var value: UInt8 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | (digit - 0x30)
            case 0x41...0x46, 0x61...0x66: value = value << 4 | ((digit | 0x20) - 0x57)
            default: return nil
            }
        }
        self = value
    }
}
