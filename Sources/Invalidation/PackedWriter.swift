/// Writes what ``PackedReader`` reads, into memory that is there.
struct PackedWriter {
    private var offset: Int

    init(at offset: Int) { self.offset = offset }

    mutating func write(_ number: some FixedWidthInteger, to block: UnsafeMutableRawBufferPointer) {
        unsafe block.storeBytes(of: number.littleEndian, toByteOffset: offset, as: type(of: number))
        offset += number.bitWidth / 8
    }

    mutating func write(_ text: String, to block: UnsafeMutableRawBufferPointer) {
        var text = text
        text.withUTF8 { bytes in
            unsafe write(UInt32(bytes.count), to: block)
            unsafe UnsafeMutableRawBufferPointer(rebasing: block[offset...]).copyMemory(
                from: UnsafeRawBufferPointer(bytes)
            )
            offset += bytes.count
        }
    }
}
