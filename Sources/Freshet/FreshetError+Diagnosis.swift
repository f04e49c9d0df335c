public import LibPQ
import Listener

extension FreshetError {
    /// What is wrong with a database or with the login that Freshet has there, and what to do about it.
    ///
    /// - Parameters:
    ///   - error: what LibPQ's `Connection` threw.
    ///   - database: the one that was asked; it is named, without its password.
    public init(explaining error: any Error, of database: ConnectionInfo) {
        let diagnosis = Diagnosis(error, database: database)
        self.init(diagnosis.description, isTransient: !diagnosis.isLasting)
    }
}
