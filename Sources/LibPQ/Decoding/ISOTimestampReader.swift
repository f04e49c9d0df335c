/// Reads the text form that `DateStyle = ISO` gives to a `timestamptz`.
enum ISOTimestampReader {
    /// Microseconds since 1970-01-01 00:00 UTC, or nil where the text is something else.
    static func microseconds(_ text: String) -> Int64? {
        var rest = Substring(text)
        let isBeforeChrist = rest.hasSuffix(" BC")
        if isBeforeChrist { rest.removeLast(3) }
        guard let year = number(&rest), skip("-", &rest), let month = number(&rest), skip("-", &rest),
            let day = number(&rest), skip(" ", &rest), let hour = number(&rest), skip(":", &rest),
            let minute = number(&rest), skip(":", &rest), let second = number(&rest),
            let fraction = fraction(&rest), let offset = zoneOffset(&rest), rest.isEmpty,
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        // There is no year 0: 1 BC is the astronomers' 0.
        let days = daysSince1970(year: isBeforeChrist ? 1 - year : year, month: month, day: day)
        return ((days * 24 + hour) * 60 + minute) * 60_000_000 + (second - offset) * 1_000_000 + fraction
    }

    private static func number(_ text: inout Substring) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        text.removeFirst(digits.count)
        return Int64(digits)
    }

    private static func skip(_ character: Character, _ text: inout Substring) -> Bool {
        guard text.first == character else { return false }
        text.removeFirst()
        return true
    }

    private static func fraction(_ text: inout Substring) -> Int64? {
        guard skip(".", &text) else { return 0 }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        text.removeFirst(digits.count)
        guard digits.count <= 6 else { return nil }
        return Int64(digits + String(repeating: "0", count: 6 - digits.count))
    }

    /// Seconds east of UTC: `+00`, `-03:30`, `+00:19:32`.
    private static func zoneOffset(_ text: inout Substring) -> Int64? {
        let isWest = text.first == "-"
        guard skip("+", &text) || skip("-", &text), let hours = number(&text) else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] as [Int64] where skip(":", &text) {
            guard let part = number(&text) else { return nil }
            seconds += part * unit
        }
        return isWest ? -seconds : seconds
    }

    /// Days of the Gregorian calendar, counted in years that begin in March so that the leap day is the last.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
