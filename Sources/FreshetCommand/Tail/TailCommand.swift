import ArgumentParser

/// `freshet tail`.
struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Prints the events of a running service as they come, one a line.",
        discussion: """
            A line holds the time, the event, its scopes and tags, the transactions and the position:

              12:03:44.120 invalidate user/42 todos todo/42 tx=81240 id=k3f9a2c81-81231

            When the stream ends, it connects again with the last position and is told what happened meanwhile. \
            Ctrl-C ends it with status 0; a credential that is refused (401, 403) ends it with 77, too many streams of \
            one user (429) with 75, and what is no stream of Freshet with 1. Events go to standard output, everything \
            else to standard error.

            A flag shows in the list of processes for all users of the machine: in earnest, give the token in the \
            environment variable FRESHET_TOKEN.
            """
    )

    @OptionGroup var options: TailOptions

    func run() async throws {
        try await Tail(TailSettings(options, Environment())).run()
    }
}
