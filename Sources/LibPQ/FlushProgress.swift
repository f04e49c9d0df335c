/// What became of the data in libpq's write buffer.
enum FlushProgress {
    case done
    /// The socket is full; go on when it can be written.
    case waiting
    case failed
}
