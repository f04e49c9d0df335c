import Crypto
import Invalidation

/// Tells the horizons that Freshet's own triggers wrote from those that anybody else did.
///
/// A position made from a forged horizon would make a client that resumes there miss what was committed before. The
/// triggers therefore write a hash of the transaction, the horizon and a secret of the database beside them. To send
/// an old proof again changes nothing: its horizon has long been passed.
struct Proof: Sendable {
    private let secret: [UInt8]
    private var latest: Payload.Claim?

    init(secret: [UInt8]) { self.secret = secret }

    /// Whether the claim was written by a trigger. The notifications of one transaction share theirs, so the latest is
    /// remembered.
    mutating func holds(_ claim: Payload.Claim) -> Bool {
        if claim == latest { return true }
        var hash = SHA256()
        hash.update(data: secret)
        hash.update(data: Array("\(claim.xid):\(claim.horizon)".utf8))
        guard Self.hex(hash.finalize().prefix(16)) == Array(claim.proof.utf8) else { return false }
        latest = claim
        return true
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
}
