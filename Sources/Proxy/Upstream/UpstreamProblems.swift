import Kernel

/// What can go wrong with the app behind us: the one place where it becomes a `Problem`.
enum UpstreamFailure: Equatable {
    case refused
    case connectTimeout
    case headTimeout
    case idleTimeout
    case totalTimeout
    case badResponse
    case closedEarly
    case busy
    /// A 101 that nobody asked for.
    case unwantedUpgrade
    /// The request's body wasn't as long as its head said.
    case lengthMismatch
    /// A head that can't be written without being read in two ways.
    case unsafeHead
    /// The permit is another exchange's, or the event loop is none of ours: a mistake of the gateway's own.
    case misuse

    /// Whether it says something about the app's health.
    var countsAgainstUpstream: Bool {
        switch self {
        case .lengthMismatch, .unsafeHead, .misuse: false
        default: true
        }
    }

    func problem(_ cause: String? = nil) -> Problem {
        switch self {
        case .refused:
            .upstream("upstream.refused", 502, "The app behind this gateway could not be reached.", 2, cause)
        case .connectTimeout:
            .upstream(
                "upstream.connect-timeout", 504, "The app behind this gateway could not be reached in time.", 2, cause)
        case .headTimeout:
            .upstream("upstream.head-timeout", 504, "The app behind this gateway did not answer in time.", nil, cause)
        case .idleTimeout:
            .upstream("upstream.idle-timeout", 504, "The app behind this gateway stopped in the middle.", nil, cause)
        case .totalTimeout:
            .upstream("upstream.total-timeout", 504, "The exchange with the app took too long.", nil, cause)
        case .badResponse:
            .upstream("upstream.bad-response", 502, "The app behind this gateway sent no valid response.", nil, cause)
        case .closedEarly:
            .upstream("upstream.closed-early", 502, "The app behind this gateway broke off its response.", nil, cause)
        case .busy:
            .upstream("upstream.busy", 503, "The app behind this gateway has too much to do.", 1, cause)
        case .unwantedUpgrade:
            .upstream(
                "upstream.unwanted-upgrade", 502, "The app behind this gateway sent no valid response.", nil, cause)
        case .lengthMismatch:
            Problem(
                "upstream.request-length", status: 400, title: "The request's body is not as long as its head says.",
                source: .client, cause: cause, closesConnection: true)
        case .unsafeHead:
            Problem(
                "upstream.unsafe-head", status: 400, title: "The request can't be forwarded unaltered.",
                source: .client, cause: cause)
        case .misuse:
            Problem("upstream.misuse", status: 500, title: "Something went wrong.", source: .edge, cause: cause)
        }
    }
}

extension Problem {
    fileprivate static func upstream(
        _ reason: ReasonID, _ status: Int, _ title: String, _ retryAfter: Int?, _ cause: String?
    ) -> Problem {
        Problem(reason, status: status, title: title, source: .upstream, retryAfter: retryAfter, cause: cause)
    }
}
