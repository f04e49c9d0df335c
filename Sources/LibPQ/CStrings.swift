/// Many C strings in one piece of memory, as libpq's arrays of parameters want them.
struct CStrings {
    private var bytes: [UInt8] = []
    private var ranges: [Range<Int>?] = []

    var count: Int { ranges.count }

    /// The length of the value at `index`, without the terminating zero.
    func length(at index: Int) -> Int {
        ranges[index]?.count ?? 0
    }

    mutating func append(_ text: String) {
        append(text.utf8)
    }

    mutating func append(_ value: some Collection<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: value)
        ranges.append(start..<bytes.count)
        bytes.append(0)
    }

    mutating func appendNull() {
        ranges.append(nil)
    }

    /// The pointers end with a null pointer, and live as long as `body` runs.
    func withPointers<R>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> R) rethrows -> R {
        try unsafe bytes.withUnsafeBytes { memory in
            let base = unsafe memory.baseAddress?.assumingMemoryBound(to: CChar.self)
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            unsafe pointers.reserveCapacity(ranges.count + 1)
            for range in ranges {
                if let range, let base = unsafe base {
                    unsafe pointers.append(base + range.lowerBound)
                } else {
                    unsafe pointers.append(nil)
                }
            }
            unsafe pointers.append(nil)
            return try unsafe pointers.withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress else {
                    preconditionFailure("An array of one element has an address.")
                }
                return try unsafe body(start)
            }
        }
    }
}
