import Invalidation

/// The members of a payload's object, as they were found; unknown ones are passed over.
struct PayloadFields {
    private var tags: TagList?
    private var scope: String?
    private var xid: UInt64?
    private var horizon: UInt64?
    private var proof: String?
    private var origin: String?
    private var beat: String?
    private var session: String?
    private var user: String?
    private var control: String?

    mutating func read(_ name: JSONScanner.Name, from scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        switch name {
        case "tags": tags = try TagList(from: &scanner)
        case "scope": scope = try Self.scope(from: &scanner)
        case "xid": xid = try Self.number(from: &scanner)
        case "horizon": horizon = try Self.number(from: &scanner)
        case "proof": proof = try Self.string(from: &scanner)
        case "origin": origin = try Self.string(from: &scanner)
        case "beat": beat = try Self.string(from: &scanner)
        case "session": session = try Self.string(from: &scanner)
        case "user": user = try Self.string(from: &scanner)
        case "control": control = try Self.string(from: &scanner)
        default: try scanner.skipValue()
        }
    }

    func payload() throws(Payload.Fault) -> Payload {
        if let beat { return .beat(nonce: beat, claim: claim) }
        if let session { return .signal(session == "*" ? .all : .session(session)) }
        if let user { return .signal(user == "*" ? .all : .user(user)) }
        guard let tags else {
            if control == "settings" { return .settings }
            // A control message has no tags; an invalidation without any says nothing.
            if scope == nil { return .other }
            throw .noTags
        }
        guard let scope = scope.flatMap(Scope.init(text:)) else { throw .badScope }
        guard !tags.tags.isEmpty || tags.coversAll else { throw .noTags }
        let invalidation = Invalidation(tags: tags.tags, scope: scope, origin: origin, coversAll: tags.coversAll)
        return .invalidation(invalidation, claim: claim)
    }

    private var claim: Payload.Claim? {
        guard let xid, let horizon, let proof else { return nil }
        return Payload.Claim(xid: xid, horizon: horizon, proof: proof)
    }

    /// A scope is text, or an object of its kind and id (CONTRACT.md §1).
    private static func scope(from scanner: inout JSONScanner) throws(JSONScanner.Failure) -> String {
        guard !scanner.isAtString else { return try scanner.string() }
        var kind = ""
        var id = ""
        try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
            switch name {
            case "kind": kind = try scanner.string()
            case "id":
                id = scanner.isAtString ? try scanner.string() : String(decoding: try scanner.integer(), as: UTF8.self)
            default: try scanner.skipValue()
            }
        }
        return kind == "global" ? kind : kind + "/" + id
    }

    /// Transaction ids are strings, since JSON numbers may lose digits; a number is read all the same.
    private static func number(from scanner: inout JSONScanner) throws(JSONScanner.Failure) -> UInt64? {
        UInt64(digits: scanner.isAtString ? try scanner.stringBytes() : try scanner.integer())
    }

    private static func string(from scanner: inout JSONScanner) throws(JSONScanner.Failure) -> String? {
        guard scanner.isAtString else {
            try scanner.skipValue()
            return nil
        }
        return try scanner.string()
    }
}
