/// A process ended where a test waited for more from it.
package struct ServiceEnded: Error, CustomStringConvertible {
    package let waitedFor: String
    package let exit: ServiceProcess.Exit
    package let tail: String

    package var description: String {
        "waited for \(waitedFor), but it has ended (\(exit)); it had printed:\n\(tail)"
    }
}
