internal import Kernel
internal import NIOHTTP1
internal import Web

/// Whether a request that changes something comes from our own pages (Fetch Metadata, then Origin).
struct CSRFRule: Sendable, Equatable {
    let trustedOrigins: Set<WebOrigin>
    let allowsSameSite: Bool

    init(trustedOrigins: Set<WebOrigin>, allowsSameSite: Bool) {
        self.trustedOrigins = trustedOrigins
        self.allowsSameSite = allowsSameSite
    }

    init(_ settings: CSRFStage.Settings) {
        self.init(
            trustedOrigins: Set(settings.trustedOrigins.compactMap { WebOrigin($0) }),
            allowsSameSite: settings.allowsSameSite)
    }

    enum Judgement: Equatable {
        /// Safe method, or from ourselves.
        case own
        /// No browser sends neither header with an unsafe method.
        case noBrowser
        case crossSite
        case crossOrigin
        case nullOrigin
        case sameSite
    }

    func judge(_ request: RequestHead, scheme: Scheme, isUpgrade: Bool, origin publicOrigin: WebOrigin?) -> Judgement {
        if !isUpgrade {
            switch request.method {
            case .GET, .HEAD, .OPTIONS: return .own
            default: break
            }
            if request.method.rawValue == "QUERY" || request.method == .TRACE { return .own }
        }
        let origins = request.values(.origin)
        let parsed = origins.count == 1 ? WebOrigin(origins.first ?? "") : nil
        if let parsed, trustedOrigins.contains(parsed) { return .own }
        if let site = request.first(.secFetchSite) {
            switch site {
            case "same-origin": return .own
            case "none": return .own
            case "same-site": if allowsSameSite { return .own } else { return .sameSite }
            default: return .crossSite
            }
        }
        if origins.isEmpty { return .noBrowser }
        guard let parsed else { return origins == ["null"] ? .nullOrigin : .crossOrigin }
        if let publicOrigin, parsed == publicOrigin { return .own }
        if let host = request.first(.host).flatMap(HostName.init), WebOrigin(scheme: scheme, name: host) == parsed {
            return .own
        }
        return .crossOrigin
    }
}
