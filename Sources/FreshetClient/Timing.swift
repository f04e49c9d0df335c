/// What a reader takes from outside that a test wants to hold in its hands.
struct Timing: Sendable {
    /// Returns after so long, or fails when its task is cancelled.
    var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    var random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
}
