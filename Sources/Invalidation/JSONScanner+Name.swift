#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension JSONScanner {
    /// The name of an object's member, as it stands in the text, escapes resolved.
    ///
    /// A literal is matched against its bytes, `case "tags":`; no string is made for each member of each payload.
    package struct Name {
        let bytes: ArraySlice<UInt8>

        package static func ~= (literal: StaticString, name: Name) -> Bool {
            guard literal.hasPointerRepresentation, literal.utf8CodeUnitCount == name.bytes.count else { return false }
            return unsafe name.bytes.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return true }
                return unsafe memcmp(start, literal.utf8Start, bytes.count) == 0
            }
        }
    }
}

extension JSONScanner.Name: CustomStringConvertible {
    package var description: String { String(decoding: bytes, as: UTF8.self) }
}
