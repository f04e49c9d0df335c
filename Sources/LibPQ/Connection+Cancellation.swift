extension Connection {
    /// Asks the server to stop the statement that runs, if one does; whoever waits for it gets SQLSTATE 57014. The
    /// connection is closed when the server does not obey in time.
    package nonisolated func cancel() {
        enqueue { connection in
            if let running = connection.requests.running { connection.cancel(running.ticket) }
        }
    }

    /// Cancels one request, wherever it is.
    func cancel(_ ticket: Request.Ticket) {
        switch requests.cancel(ticket) {
        case .removed(let request):
            request.fail(.closed)
        case .running where stopping === ticket:
            break
        case .running:
            stopping = ticket
            let limit = configuration.cancelLimit
            schedule(after: limit) { connection in
                guard connection.requests.running?.ticket === ticket else { return }
                connection.end(.connection("the server did not stop a cancelled statement within \(limit)"))
            }
            sendCancel(for: ticket)
        case .unknown:
            break
        }
    }

    /// Sends cancel requests until the statement has ended: the server forgets one that arrives before the statement
    /// does, or between two of a pipeline.
    private func sendCancel(for ticket: Request.Ticket) {
        guard requests.running?.ticket === ticket, !requests.isCancelling, let cancelHandle else { return }
        requests.isCancelling = true
        CancelSender.send(cancelHandle) { _ in
            self.enqueue { $0.cancelReturned(for: ticket) }
        }
    }

    private func cancelReturned(for ticket: Request.Ticket) {
        requests.isCancelling = false
        guard requests.running?.ticket === ticket else {
            sendNext()
            return
        }
        schedule(after: .milliseconds(100)) { $0.sendCancel(for: ticket) }
    }
}
