internal import Kernel
internal import Web

/// Who may read answers from another origin.
struct CORSRule: Sendable, Equatable {
    enum Origins: Sendable, Equatable {
        /// Exactly these.
        case list(Set<WebOrigin>)
        /// The app answers for itself; we keep our hands off.
        case app
    }
    let origins: Origins

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
        if case .list(let allowed) = origins, allowed.contains(origin) { return .allowed }
        return .foreign
    }

    /// What may be kept of an `Access-Control-Allow-Origin` that the app sent to somebody whose origin isn't listed:
    /// `*` without credentials reads nothing that anybody couldn't read; all else is taken away.
    static func keepsAppAnswer(_ value: String, credentials: Bool) -> Bool { value == "*" && !credentials }
}
