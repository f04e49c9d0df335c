extension FreshetClient {
    /// What a stream is asked for with (CONTRACT.md §6). Nothing prints it.
    public struct Credential: Sendable {
        enum Kind: Sendable {
            case none
            case bearer(@Sendable () async throws -> String)
            case cookie(name: String, value: String)
        }

        /// It holds what no header field can carry, or what would begin another one. It ends a sequence.
        public struct Unusable: Error, Sendable, Hashable, CustomStringConvertible {
            /// One sentence, which does not tell the credential.
            public var description: String {
                "The credential has blanks, line breaks or letters that no credential has."
            }
        }

        let kind: Kind

        /// None: hears `global`, where the service lets anybody hear that.
        public static let none = Credential(kind: .none)

        /// A session's token, or an API key.
        public static func bearer(_ token: String) -> Credential { Credential(kind: .bearer { token }) }

        /// A token that is asked for anew at each connection, for those that live shorter than a stream.
        ///
        /// An error of `ask` counts as a connection that was not had, and it is asked again later; a ``Refusal`` ends the
        /// sequence.
        public static func bearer(asked ask: @escaping @Sendable () async throws -> String) -> Credential {
            Credential(kind: .bearer(ask))
        }

        /// A session's cookie.
        ///
        /// - Parameters:
        ///   - name: the cookie's, `freshet_session` where the service was told nothing else.
        ///   - value: as it stands in the header, percent-encoded where it has to be.
        public static func cookie(name: String, value: String) -> Credential {
            Credential(kind: .cookie(name: name, value: value))
        }

        /// Visible ASCII alone (RFC 9110 §5.5): no blank, no line break, nothing that would begin another header field.
        public static func isFieldValue(_ text: String) -> Bool {
            !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        }

        /// The header field that carries it; nil where there is none.
        func field() async throws -> (name: String, value: String)? {
            switch kind {
            case .none: return nil
            case .bearer(let ask):
                let token = try await ask()
                guard Self.isFieldValue(token) else { throw Unusable() }
                return ("Authorization", "Bearer \(token)")
            case .cookie(let name, let value):
                // A semicolon would begin another cookie (RFC 6265 §4.1.1).
                guard Self.isFieldValue(name), Self.isFieldValue(value), !(name + value).utf8.contains(0x3B),
                    !name.utf8.contains(0x3D)
                else { throw Unusable() }
                return ("Cookie", "\(name)=\(value)")
            }
        }
    }
}

extension FreshetClient.Credential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Its kind, and not what it is.
    public var description: String {
        switch kind {
        case .none: "(no credential)"
        case .bearer: "(a token)"
        case .cookie: "(a cookie)"
        }
    }

    /// The same.
    public var debugDescription: String { description }

    /// Nothing, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
