/// Reads the text form that `IntervalStyle = postgres` gives to an `interval`: `1 year 2 mons -3 days +04:05:06.789`.
enum IntervalText {
    static func duration(_ text: String) -> Duration? {
        var (months, days, microseconds) = (Int64(0), Int64(0), Int64(0))
        var words = text.split(separator: " ")[...]
        guard !words.isEmpty else { return nil }
        while let word = words.popFirst() {
            if word.contains(":") {
                guard words.isEmpty, let time = time(word) else { return nil }
                microseconds = time
            } else {
                guard let number = Int64(word), let unit = words.popFirst() else { return nil }
                switch unit {
                case "year", "years": months += number * 12
                case "mon", "mons": months += number
                case "day", "days": days = number
                default: return nil
                }
            }
        }
        return Duration(microseconds: microseconds, days: days, months: months)
    }

    /// Microseconds of `[-]hours:minutes:seconds[.fraction]`.
    private static func time(_ text: Substring) -> Int64? {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" || $0 == "+" }.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let hours = Int64(parts[0]), let minutes = Int64(parts[1]) else { return nil }
        let seconds = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = Int64(seconds[0]), seconds.count <= 2 else { return nil }
        let digits = seconds.count == 2 ? seconds[1] : ""
        guard digits.count <= 6, let fraction = Int64(digits + String(repeating: "0", count: 6 - digits.count)) else {
            return nil
        }
        let value = ((hours * 60 + minutes) * 60 + whole) * 1_000_000 + fraction
        return isNegative ? -value : value
    }
}
