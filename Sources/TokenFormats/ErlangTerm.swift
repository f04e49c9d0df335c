/// A term in Erlang's external term format, as far as a session is made of it: maps, binaries, atoms, numbers, lists, tuples.
///
/// Source: the ERTS user's guide, "External Term Format". What is read was signed by the application; that it ends within
/// its bytes and is not nested without end is checked all the same.
indirect enum ErlangTerm: Sendable, Hashable {
    case binary([UInt8])
    case atom(String)
    case map([ErlangTerm: ErlangTerm])

    /// Something whose content is of no use here.
    case other

    private static let version: UInt8 = 131
    private static let deepest = 32

    /// - Returns: nil for what is not one whole term, or is compressed.
    init?(externalFormat bytes: [UInt8]) {
        guard bytes.first == Self.version else { return nil }
        var reader = Reader(bytes: bytes[1...])
        guard let term = reader.term(depth: 0), reader.bytes.isEmpty else { return nil }
        self = term
    }

    /// The value under a binary key of a map.
    subscript(key: String) -> ErlangTerm? {
        guard case .map(let members) = self else { return nil }
        return members[.binary(Array(key.utf8))]
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count <= bytes.count else { return nil }
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count)
        }

        /// A number, its highest byte first.
        mutating func number(_ count: Int) -> Int? {
            take(count)?.reduce(0) { $0 << 8 | Int($1) }
        }

        mutating func term(depth: Int) -> ErlangTerm? {
            guard depth <= ErlangTerm.deepest, let tag = take(1)?.first else { return nil }
            switch tag {
            case 109:  // BINARY_EXT
                return number(4).flatMap { take($0) }.map { .binary(Array($0)) }
            case 119, 115:  // SMALL_ATOM_UTF8_EXT, SMALL_ATOM_EXT
                return number(1).flatMap { take($0) }.map { .atom(String(decoding: $0, as: UTF8.self)) }
            case 118, 100:  // ATOM_UTF8_EXT, ATOM_EXT
                return number(2).flatMap { take($0) }.map { .atom(String(decoding: $0, as: UTF8.self)) }
            case 116: return number(4).flatMap { map($0, depth) }  // MAP_EXT
            case 97: return take(1).map { _ in .other }  // SMALL_INTEGER_EXT
            case 98: return take(4).map { _ in .other }  // INTEGER_EXT
            case 70: return take(8).map { _ in .other }  // NEW_FLOAT_EXT
            case 106: return .other  // NIL_EXT
            case 107: return number(2).flatMap { take($0) }.map { _ in .other }  // STRING_EXT
            case 110: return number(1).flatMap { take($0 + 1) }.map { _ in .other }  // SMALL_BIG_EXT
            case 104: return number(1).flatMap { skip($0, depth) }  // SMALL_TUPLE_EXT
            case 105: return number(4).flatMap { skip($0, depth) }  // LARGE_TUPLE_EXT
            case 108: return number(4).flatMap { skip($0 + 1, depth) }  // LIST_EXT, and its tail
            default: return nil
            }
        }

        private mutating func map(_ count: Int, _ depth: Int) -> ErlangTerm? {
            var members: [ErlangTerm: ErlangTerm] = [:]
            for _ in 0..<count {
                guard let key = term(depth: depth + 1), let value = term(depth: depth + 1) else { return nil }
                members[key] = value
            }
            return .map(members)
        }

        private mutating func skip(_ count: Int, _ depth: Int) -> ErlangTerm? {
            for _ in 0..<count where term(depth: depth + 1) == nil { return nil }
            return .other
        }
    }
}
