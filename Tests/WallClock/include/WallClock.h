/// Preloaded into a process, gives it another wall clock than the system's, and leaves every other clock alone.
///
/// It reads how many seconds the clock is ahead from the first eight bytes of the file that is named in the environment
/// variable ORACLE_WALL_CLOCK, each time anew. Debian's faketime will not do: it moves timers of the monotonic clock too,
/// and the environment, beside which Swift looks for a program's arguments.
