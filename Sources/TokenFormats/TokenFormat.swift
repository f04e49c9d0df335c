/// Reads a token that something other than SQL has to verify.
///
/// What does not verify is nothing: no other format is tried, and the database is not asked (CONTRACT.md §6). Comparisons
/// take the same time whatever they compare.
package protocol TokenFormat: Sendable {
    /// - Parameter now: seconds since 1970, for tokens that end by themselves.
    /// - Returns: nil for what is no token of this format, or is signed by nobody's secret.
    func claim(of token: PresentedToken, now: Double) -> SessionClaim?
}
