extension Span<UInt8> {
    /// Reads a big-endian integer of the wire; the caller has checked that it is there.
    func bigEndian<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type = Value.self) -> Value {
        var value: Value = 0
        for index in 0..<(Value.bitWidth / 8) {
            value = (value << 8) | Value(truncatingIfNeeded: self[offset + index])
        }
        return value
    }

    /// The bytes as text, where they are UTF-8. A database of encoding SQL_ASCII can hold anything.
    func utf8() throws(DecodingFailure) -> String {
        let text = unsafe withUnsafeBufferPointer { unsafe String(validating: $0, as: UTF8.self) }
        guard let text else { throw .malformed("UTF-8") }
        return text
    }

    func copied() -> [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe [UInt8]($0) }
    }
}
