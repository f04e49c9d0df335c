import NIOCore

/// Where the bytes of one stream go: into a channel of its own (``ChannelOutlet``), or into the response of another server
/// (``ResponseOutlet``).
///
/// It lives on the stream's event loop, and tells the stream there what happens to it: `outletDidChange`,
/// `outletWillShutDown`, and once, as the last thing, `outletDidClose`.
protocol StreamOutlet: AnyObject {
    /// Whether bytes that are written now go on their way at once.
    var isWritable: Bool { get }

    /// Whether somebody may still read what is written.
    var isActive: Bool { get }

    /// The way to the kernel that passes everything else; nil where there is none.
    var directSocket: DirectSocket? { get }

    /// Takes bytes, which ``flush()`` sends.
    func write(_ bytes: ByteBuffer)

    /// Sends all that has been written.
    func flush()

    /// The same.
    ///
    /// - Parameter whenGone: called once the kernel has taken all of it; not where that fails.
    func flush(_ whenGone: @escaping () -> Void)

    /// Tells the end of the response behind all that has been written, and closes.
    func finish(_ framing: Framing)

    /// Closes at once.
    func close()
}
