/// How long those who hear the same thing may wait before they refetch (`spread`, CONTRACT.md §5).
///
/// Each waits a random part of it, so that the application behind them sees ``refetchesPerSecond`` requests a second and
/// not all of them at once. Under ``leastHearers`` nobody waits; nobody waits longer than ``longest``.
package enum Spread {
    package static let leastHearers = 200
    package static let refetchesPerSecond = 2_000
    package static let longest = 10_000

    /// In milliseconds; 0 where nobody has to wait.
    ///
    /// - Parameter hearers: how many streams of this process are told.
    package static func milliseconds(hearers: Int) -> Int {
        hearers < leastHearers ? 0 : min(hearers * 1_000 / refetchesPerSecond, longest)
    }
}
