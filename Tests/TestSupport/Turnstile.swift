/// Lets only so many through at a time; the others wait in the order in which they came.
///
/// Swift Testing starts every test at once. Dozens of services and clusters on two cores would only keep each other from
/// starting.
package actor Turnstile {
    /// How many tests may run a service of their own at once.
    package static let services = Turnstile(4)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init(_ count: Int) { free = count }

    package nonisolated(nonsending) func pass<Result>(_ body: () async throws -> Result) async throws -> Result {
        await enter()
        do {
            let result = try await body()
            await leave()
            return result
        } catch {
            await leave()
            throw error
        }
    }

    private func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
