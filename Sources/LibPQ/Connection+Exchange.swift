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
        case .done?, nil: watch?.stopWriting()
        case .waiting?: watch?.startWriting(onQueue { $0.flush() })
        case .failed?: lose()
        }
    }

    /// Takes what the socket has.
    func receive() {
        guard let handle else { return }
        let isAlive = handle.consumeInput()
        readResults()
        guard self.handle != nil else { return }
        subscriptions.deliver(from: handle)
        if isAlive {
            // What was sent may have waited for the server to be heard.
            flush()
        } else {
            lose()
        }
    }

    private func readResults() {
        while let handle, var response, !handle.isBusy {
            let progress = response.receive(handle.nextResult())
            self.response = response
            switch progress {
            case .more: break
            case .finished: finish()
            case .copyIn: if !handle.refuseCopy() { lose() }
            case .copyOut: if !handle.discardCopyData() { return }
            case .broken(let error): end(error)
            }
        }
    }

    private func finish() {
        guard let handle, let response, let request = requests.finish() else { return }
        self.response = nil
        if case .pipeline = request.command, !handle.leavePipelineMode() {
            request.answer(response.answer)
            end(.protocolViolation(handle.errorMessage))
            return
        }
        request.answer(response.answer)
        sendNext()
    }

    /// The connection has been lost; the server's last words say more than libpq's.
    private func lose() {
        guard let handle else { return }
        end(.connection(handle.notices.lastWords?.description ?? lastError ?? handle.errorMessage))
    }

    /// What the server has said about the running statement when it ended the connection.
    private var lastError: String? {
        guard case .failure(.server(let message))? = response?.answer.last, message.isFatal else { return nil }
        return message.description
    }
}
