/// When something happened, as this process saw it: one clock for writers and clients, that nothing sets.
package typealias Moment = ContinuousClock.Instant
