extension Connection {
    func submit(_ request: Request) {
        if let ending {
            request.fail(ending)
        } else if request.ticket.isCancelled {
            request.fail(.closed)
        } else if requests.append(request) {
            sendNext()
        } else {
            request.fail(.queueFull(limit: requests.limit))
        }
    }

    /// Sends the next request, if nothing runs.
    func sendNext() {
        guard let handle, let request = requests.startNext() else { return }
        do throws(PostgresError) {
            response = Response(to: request.command)
            try handle.send(request.command)
            flush()
        } catch {
            end(error)
        }
    }

    /// Writes what waits to be written. The socket is read meanwhile: a server that waits for us to read does not read.
    func flush() {
        switch handle?.flush() {
        case .done?, nil: waitToWrite(false)
        case .waiting?: waitToWrite(true)
        case .failed?: process(failure: handle?.errorMessage)
        }
    }

    /// Reads what the socket has, and writes what waited for that: the socket is ready, or was when we began.
    ///
    /// One read at a time: whoever sends without end must not keep our own requests out.
    func receive() {
        guard let handle else { return }
        let failure = handle.consumeInput() ? nil : handle.errorMessage
        process(failure: failure)
        flush()
    }

    private func waitToWrite(_ waits: Bool) {
        guard waits != isWaitingToWrite else { return }
        isWaitingToWrite = waits
        thread.waitToWrite(waits)
    }

    /// Makes of what libpq has read what it means; `failure` is why there will be no more.
    private func process(failure: String?) {
        readResults(failure: failure)
        guard let handle else { return }
        subscriptions.deliver(from: handle)
        if let failure { lose(failure) }
    }

    private func readResults(failure: String?) {
        while let handle, response != nil, !handle.isBusy {
            switch response?.receive(handle.nextResult()) {
            case nil: return
            case .more?: break
            case .finished?: finish(isAlive: failure == nil)
            case .copyIn?: if !handle.refuseCopy() { lose(failure ?? handle.errorMessage) }
            case .copyOut?:
                // It may be the whole table.
                if let ticket = requests.running?.ticket { stop(ticket) }
                if !handle.discardCopyData() { return }
            case .broken(let error)?: end(error)
            case .lost(let reason)?: lose(failure ?? reason)
            }
        }
    }

    private func finish(isAlive: Bool) {
        guard let handle, let response, let request = requests.finish() else { return }
        self.response = nil
        // Whoever has the answer finds the notifications that came before it.
        subscriptions.deliver(from: handle)
        request.answer(response.answer)
        if case .pipeline = request.command, !handle.leavePipelineMode() {
            end(.protocolViolation(handle.errorMessage))
        } else if isAlive {
            sendNext()
        }
    }

    /// The connection has been lost; the server's last words say more than libpq's.
    private func lose(_ reason: String) {
        end(.connection(handle?.notices.lastWords?.description ?? lastError ?? reason))
    }

    /// What the server has said about the running statement when it ended the connection.
    private var lastError: String? {
        guard case .failure(.server(let message))? = response?.answer.last, message.isFatal else { return nil }
        return message.description
    }
}
