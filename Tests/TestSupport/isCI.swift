import Foundation

/// Whether what a test needs beside PostgreSQL has to be there: a user's machine may lack it, and such a test is left out.
package let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
