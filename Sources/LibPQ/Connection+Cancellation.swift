extension Connection {
    /// Asks the server to stop the statement that runs, if one does; whoever waits for it gets SQLSTATE 57014. The
    /// connection is closed when the server does not obey in time.
    public nonisolated func cancel() {
        enqueue { connection in
            if let running = connection.requests.running { connection.cancel(running.ticket) }
        }
    }

    /// Cancels one request, wherever it is.
    func cancel(_ ticket: Request.Ticket) {
        switch requests.cancel(ticket) {
        case .removed(let request): request.fail(.closed)
        case .running: stop(ticket)
        case .unknown: break
        }
    }

    /// Ends the running request, or in the end the connection.
    func stop(_ ticket: Request.Ticket) {
        guard stopping !== ticket else { return }
        stopping = ticket
        stopFailure = nil
        let limit = configuration.cancelLimit
        schedule(after: limit) { connection in
            let isRunning = connection.requests.running?.ticket === ticket
            // The statement may be over, and the cancel request not: it still holds back the next one.
            guard isRunning || connection.requests.isCancelling, connection.stopping === ticket else { return }
            let reason = connection.stopFailure.map { " (\($0))" } ?? ""
            connection.end(.connection("the server did not stop a cancelled statement within \(limit)\(reason)"))
        }
        sendCancel(for: ticket)
    }

    /// Sends cancel requests until the statement has ended: the server forgets one that arrives before the statement
    /// does, or between two of a pipeline.
    private func sendCancel(for ticket: Request.Ticket) {
        guard requests.running?.ticket === ticket, !requests.isCancelling, let cancelHandle else { return }
        requests.isCancelling = true
        CancelSender.send(cancelHandle) { failure in
            self.enqueue { $0.cancelReturned(for: ticket, failure) }
        }
    }

    private func cancelReturned(for ticket: Request.Ticket, _ failure: String?) {
        requests.isCancelling = false
        stopFailure = failure
        guard requests.running?.ticket === ticket else {
            sendNext()
            return
        }
        schedule(after: .milliseconds(100)) { $0.sendCancel(for: ticket) }
    }
}
