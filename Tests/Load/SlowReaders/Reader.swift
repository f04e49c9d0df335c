import NIOCore

/// One client of a stream, through all its connections; it lives on its audience's event loop.
final class Reader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Pace {
        case quick

        /// A byte a second, until it is let go.
        case slow
    }

    let pace: Pace

    /// The group that its filter asks for; nil: it hears everything.
    let group: Int?
    private unowned let audience: Audience

    /// What it was told, by place in the vocabulary.
    private(set) var heard: [Int32] = []
    private(set) var lastID: String?
    private(set) var connections = 0

    private(set) var channel: (any Channel)?

    /// The beginning of a block.
    private var rest = ByteBuffer()
    private var horizon: UInt64 = 0
    private var goal: (horizon: UInt64, promise: EventLoopPromise<Void>)?

    init(_ pace: Pace, group: Int?, audience: Audience) {
        self.pace = pace
        self.group = group
        self.audience = audience
    }

    /// Succeeds once an id has come that promises everything below `horizon`; until then it comes back when it is closed.
    func read(upTo horizon: UInt64) -> EventLoopFuture<Void> {
        let promise = audience.loop.makePromise(of: Void.self)
        goal = (horizon, promise)
        if self.horizon >= horizon { reach() } else if channel == nil { audience.connect(self) }
        return promise.futureResult
    }

    func giveUp(_ error: any Error) {
        goal?.promise.fail(error)
        goal = nil
    }

    private func reach() {
        goal?.promise.succeed()
        goal = nil
    }

    // MARK: What the channel tells it

    func channelActive(context: ChannelHandlerContext) {
        channel = context.channel
        connections += 1
        rest.clear()
        context.writeAndFlush(NIOAny(audience.request(of: self)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        // A whole event comes in one read, mostly: nothing is copied then.
        if rest.readableBytes > 0 {
            rest.writeBuffer(&bytes)
            swap(&rest, &bytes)
        }
        while let length = Self.lengthOfBlock(bytes), let block = bytes.readSlice(length: length) { hear(block) }
        rest = bytes
    }

    /// Up to the empty line, with it. Freshet never divides a block between two chunks.
    private static func lengthOfBlock(_ bytes: ByteBuffer) -> Int? {
        let view = bytes.readableBytesView
        var start = view.startIndex
        while let end = view[start...].firstIndex(of: 0x0A) {
            guard end + 1 < view.endIndex else { return nil }
            if view[end + 1] == 0x0A { return end + 2 - view.startIndex }
            start = end + 1
        }
        return nil
    }

    private func hear(_ block: ByteBuffer) {
        let place = audience.vocabulary.place(of: block)
        heard.append(Int32(place))
        let word = audience.vocabulary.words[place]
        if pace == .quick { audience.note(word.numbers) }
        if let id = word.id { lastID = id }
        if let horizon = word.horizon {
            self.horizon = horizon
            if let goal, horizon >= goal.horizon { reach() }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        channel = nil
        // It is asked for again only in a later turn, since this handler still belongs to the channel that closes.
        guard goal != nil else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(50)) {
            let reader = bound.value
            if reader.goal != nil { reader.audience.connect(reader) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
