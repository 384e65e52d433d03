internal import Kernel
internal import Web

/// Who may read answers from another origin.
struct CORSRule: Sendable, Equatable {
    /// Exactly these.
    let origins: Set<WebOrigin>

    enum Standing: Equatable {
        /// No `Origin`, or our own: nothing to say.
        case sameOrigin
        case allowed
        case foreign
    }

    /// How the request's `Origin` stands to us. `null` is foreign to everybody: any sandboxed frame has it.
    func standing(_ request: RequestHead, scheme: Scheme) -> Standing {
        guard request.has(.origin) else { return .sameOrigin }
        guard request.count(.origin) == 1, let text = request.first(.origin), let origin = WebOrigin(text) else {
            return .foreign
        }
        if let host = request.first(.host).flatMap(HostName.init), WebOrigin(scheme: scheme, name: host) == origin {
            return .sameOrigin
        }
        return origins.contains(origin) ? .allowed : .foreign
    }

    /// Whether an `Access-Control-Allow-Origin` that the app sent may stay where the asking origin isn't listed: only
    /// when it names the very origin that we are ourselves. `*`, `null` and a reflected origin go.
    static func keepsAppAnswer(_ values: [String], _ request: RequestHead, _ standing: Standing) -> Bool {
        standing == .sameOrigin && request.has(.origin) && values.count == 1 && values.first == request.first(.origin)
    }
}
