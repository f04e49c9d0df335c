extension SeededRandom {
    /// One of the seeds, changed in a few places as those do who try what a parser stands: bytes replaced, left out, put in
    /// and repeated, and pieces of other seeds joined on.
    package mutating func mutation(of seeds: [[UInt8]]) -> [UInt8] {
        var bytes = pick(seeds)
        for _ in 0..<int(0..<6) {
            let at = bytes.isEmpty ? 0 : int(0..<bytes.count)
            switch int(0..<7) {
            case 0 where !bytes.isEmpty: bytes[at] = UInt8.random(in: 0...255, using: &self)
            case 1 where !bytes.isEmpty: bytes.remove(at: at)
            case 2: bytes.insert(pick(Array(#"{}[]",:\/%&=;+-. 0123456789eE"#.utf8)), at: at)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &self), at: at)
            case 4: bytes = Array(bytes.prefix(at)) + pick(seeds).suffix(int(0..<40))
            case 5 where bytes.count < 4_000: bytes.insert(contentsOf: bytes[at...].prefix(int(1..<20)), at: at)
            default: bytes.insert(contentsOf: text(upTo: 4).utf8, at: at)
            }
        }
        return bytes
    }
}
