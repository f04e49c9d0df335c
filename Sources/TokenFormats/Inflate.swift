/// Takes data out of the zlib format (RFC 1950, RFC 1951).
///
/// There is no library for it that Swift has on Linux without one more package of the system. What is read here was signed
/// before, so that the checksum at its end has nothing to add; that it stays within bounds is checked all the same.
struct Inflate {
    private var input: ArraySlice<UInt8>
    private var output: [UInt8] = []
    private let limit: Int
    private var bits: UInt32 = 0
    private var bitCount = 0

    /// - Parameter limit: the most bytes that come out.
    /// - Returns: nil for what is not in that format, ends early, or is longer.
    static func zlib(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        // CM 8, no preset dictionary, and a header that is a multiple of 31.
        guard bytes.count > 6, bytes[0] & 15 == 8, bytes[1] & 32 == 0, (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0
        else { return nil }
        var inflate = Inflate(input: bytes[2...], limit: limit)
        return inflate.run() ? inflate.output : nil
    }

    private init(input: ArraySlice<UInt8>, limit: Int) {
        self.input = input
        self.limit = limit
    }

    private mutating func run() -> Bool {
        while true {
            guard let isLast = take(1), let type = take(2) else { return false }
            let isWhole: Bool
            switch type {
            case 0: isWhole = copyStored()
            case 1: isWhole = decode(Self.fixedLengths, Self.fixedDistances)
            case 2:
                guard let (lengths, distances) = readCodes() else { return false }
                isWhole = decode(lengths, distances)
            default: return false
            }
            guard isWhole else { return false }
            if isLast == 1 { return true }
        }
    }

    // MARK: Bits, the lowest first

    private mutating func take(_ count: Int) -> Int? {
        while bitCount < count {
            guard let byte = input.popFirst() else { return nil }
            bits |= UInt32(byte) << UInt32(bitCount)
            bitCount += 8
        }
        defer {
            bits >>= UInt32(count)
            bitCount -= count
        }
        return Int(bits & ((1 << UInt32(count)) - 1))
    }

    private mutating func copyStored() -> Bool {
        bits = 0
        bitCount = 0
        guard let length = take(16), let complement = take(16), length == ~complement & 0xffff, length <= input.count,
            output.count + length <= limit
        else { return false }
        output += input.prefix(length)
        input = input.dropFirst(length)
        return true
    }

    // MARK: Codes (RFC 1951 §3.2.2)

    /// A Huffman code: how many symbols have each length, and the symbols in the order of their codes.
    private struct Code {
        var counts = [Int](repeating: 0, count: 16)
        var symbols: [Int] = []

        /// - Returns: nil for lengths that more codes are claimed of than there are.
        init?(lengths: some Collection<Int>) {
            for length in lengths { counts[length] += 1 }
            counts[0] = 0
            var left = 1
            for length in 1...15 {
                left = left << 1 - counts[length]
                guard left >= 0 else { return nil }
            }
            symbols = lengths.enumerated().filter { $0.element > 0 }
                .sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map(\.offset)
        }
    }

    private mutating func symbol(_ code: Code) -> Int? {
        var (value, first, index) = (0, 0, 0)
        for length in 1...15 {
            guard let bit = take(1) else { return nil }
            value |= bit
            let count = code.counts[length]
            if value - first < count { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        return nil
    }

    private static let fixedLengths = Code(
        lengths: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
    )
    private static let fixedDistances = Code(lengths: [Int](repeating: 5, count: 30))

    /// In which order the lengths of the code for lengths stand.
    private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private mutating func readCodes() -> (Code?, Code?)? {
        guard let lengthCount = take(5).map({ $0 + 257 }), let distanceCount = take(5).map({ $0 + 1 }),
            let codeCount = take(4).map({ $0 + 4 }), lengthCount <= 286, distanceCount <= 30
        else { return nil }
        var lengths = [Int](repeating: 0, count: 19)
        for place in Self.order.prefix(codeCount) {
            guard let length = take(3) else { return nil }
            lengths[place] = length
        }
        guard let code = Code(lengths: lengths) else { return nil }
        var all: [Int] = []
        while all.count < lengthCount + distanceCount {
            guard let symbol = symbol(code) else { return nil }
            switch symbol {
            case 0...15: all.append(symbol)
            case 16:
                guard let last = all.last, let count = take(2) else { return nil }
                all += repeatElement(last, count: count + 3)
            case 17:
                guard let count = take(3) else { return nil }
                all += repeatElement(0, count: count + 3)
            default:
                guard let count = take(7) else { return nil }
                all += repeatElement(0, count: count + 11)
            }
        }
        guard all.count == lengthCount + distanceCount else { return nil }
        return (Code(lengths: all[..<lengthCount]), Code(lengths: Array(all[lengthCount...])))
    }

    // MARK: What they stand for (RFC 1951 §3.2.5)

    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1_025, 1_537, 2_049, 3_073,
        4_097, 6_145,
        8_193, 12_289, 16_385, 24_577,
    ]

    private mutating func decode(_ lengths: Code?, _ distances: Code?) -> Bool {
        guard let lengths, let distances else { return false }
        while true {
            guard let symbol = symbol(lengths), output.count < limit || symbol == 256 else { return false }
            switch symbol {
            case 0...255: output.append(UInt8(symbol))
            case 256: return true
            case 257...285:
                guard let more = take(Self.lengthBits[symbol - 257]), let place = self.symbol(distances), place < 30,
                    let further = take(place < 4 ? 0 : place / 2 - 1)
                else { return false }
                let length = Self.lengthBases[symbol - 257] + more
                let distance = Self.distanceBases[place] + further
                guard distance <= output.count, output.count + length <= limit else { return false }
                // Byte by byte: it may reach into what it writes.
                for _ in 0..<length { output.append(output[output.count - distance]) }
            default: return false
            }
        }
    }
}
