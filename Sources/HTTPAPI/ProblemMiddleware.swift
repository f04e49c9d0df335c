import HTTPTypes
import Hummingbird
import Invalidation
import Logging

/// Turns every error into one problem, and lets allowed origins read any answer.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    let origins: OriginPolicy
    let refusals: RefusalMetrics

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let problem = problem(for: error, request)
            refusals.count(problem.status)
            if problem.status.code >= 500 {
                context.logger.warning(
                    "A request failed.",
                    metadata: ["path": "\(request.uri.path)", "error": "\(error)"]
                )
            }
            response = Response(
                status: problem.status,
                headers: problem.allFields,
                body: .init(byteBuffer: ByteBuffer(bytes: problem.body))
            )
        }
        response.headers.append(contentsOf: origins.corsFields(request.headers))
        return response
    }

    private func problem(for error: any Error, _ request: Request) -> Problem {
        switch error {
        case let problem as Problem: problem
        case let error as HTTPError where error.body != nil: Problem(error.status, error.body ?? "")
        case let error as any HTTPResponseError where error.status == .notFound:
            Problem(.notFound, "There is nothing at \(request.method) \(request.uri.path).")
        case let error as any HTTPResponseError where error.status == .contentTooLarge:
            Problem(.contentTooLarge, "The body is larger than \(InvalidateBody.maximumBytes) bytes.")
        case let error as any HTTPResponseError:
            Problem(error.status, "\(error)")
        default:
            Problem(.internalServerError, "The service failed to answer; its log says why.")
        }
    }
}
