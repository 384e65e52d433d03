import Kernel
import NIOHTTP1
import Web

/// How the app's answer to a sign-in is read: the pure rule.
struct LoginAnswer: Sendable, Equatable {
    enum Ending: Sendable, Equatable {
        case succeeded
        case failed
        /// Both signals are there, or none.
        case unclear
    }

    var status: Int
    var location: String?
    /// Names of cookies that it sets, not of those that it takes away.
    var cookies: Set<String>
    var mediaType: String

    init(status: Int, location: String? = nil, cookies: Set<String> = [], mediaType: String = "") {
        self.status = status
        self.location = location
        self.cookies = cookies
        self.mediaType = mediaType
    }

    init(_ head: ResponseHead) {
        status = Int(head.status.code)
        cookies = []
        mediaType = ""
        for (name, value) in head.headers {
            switch name.lowercased() {
            case "location": location = value
            case "content-type":
                mediaType = value.prefix { $0 != ";" }.lowercased().trimming { $0 == " " }.description
            case "set-cookie":
                if let cookie = AppCookieLine(value), !cookie.isRemoval { cookies.insert(cookie.name) }
            default: break
            }
        }
    }

    /// - Parameter body: the page's beginning, where a signal asks for it.
    func ending(_ settings: AdoptionSettings, body: String? = nil) -> Ending {
        let succeeded =
            settings.success.isGiven ? matches(settings.success, body) : looksSuccessful(settings.loginPaths)
        let failed: Bool
        if settings.failure.isGiven {
            failed = matches(settings.failure, body)
        } else if settings.success.isGiven {
            // Whoever says how a success looks has said how a failure does.
            failed = !succeeded && status < 500
        } else {
            failed = looksFailed(settings.loginPaths)
        }
        switch (succeeded, failed) {
        case (true, false): return .succeeded
        case (false, true): return .failed
        default: return .unclear
        }
    }

    private func matches(_ signal: LoginSignal, _ body: String?) -> Bool {
        if !signal.statuses.isEmpty, !signal.statuses.contains(status) { return false }
        if let pattern = signal.redirect {
            guard (300..<400).contains(status), let location else { return false }
            let path = LoginAnswer.path(location)
            guard LoginAnswer.fits(path, pattern) || LoginAnswer.fits(location, pattern) else { return false }
        }
        if let cookie = signal.cookie, !cookies.contains(cookie) { return false }
        if let text = signal.body, !(body?.contains(text) ?? false) { return false }
        return true
    }

    /// A redirect to somewhere else, or an answer to a script that isn't an error.
    private func looksSuccessful(_ loginPaths: [String]) -> Bool {
        if (300..<400).contains(status), let location { return !leadsBack(location, loginPaths) }
        return (200..<300).contains(status) && (status == 204 || mediaType.hasSuffix("json"))
    }

    /// The form once more, as a page or a redirect to it; or a refusal.
    private func looksFailed(_ loginPaths: [String]) -> Bool {
        if (300..<400).contains(status), let location { return leadsBack(location, loginPaths) }
        if [400, 401, 403, 404, 409, 422, 429].contains(status) { return true }
        return status == 200 && !mediaType.hasSuffix("json")
    }

    private func leadsBack(_ location: String, _ loginPaths: [String]) -> Bool {
        let target = LoginAnswer.folded(LoginAnswer.path(location).prefix { $0 != "?" && $0 != "#" })
        return loginPaths.contains { LoginAnswer.folded($0[...]) == target }
    }

    /// `/x?y` of `https://host/x?y`.
    private static func path(_ location: String) -> String {
        guard let scheme = location.place(of: "://") else { return location }
        guard let slash = location[scheme.upperBound...].firstIndex(of: "/") else { return "/" }
        return String(location[slash...])
    }

    /// In lower case, without a slash at its end.
    static func folded(_ path: Substring) -> String {
        var path = path.lowercased()
        while path.utf8.count > 1, path.utf8.last == 0x2F { path.removeLast() }
        return path
    }

    /// Whether a text is what the pattern says, `*` being anything. In time linear in both for each star.
    static func fits(_ text: String, _ pattern: String) -> Bool {
        let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return text == pattern }
        guard text.hasPrefix(first) else { return false }
        var rest = text.dropFirst(first.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let found = rest.place(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}

extension StringProtocol {
    /// Where a text stands first; without Foundation.
    func place(of other: some StringProtocol) -> Range<Index>? {
        let wanted = Array(other.utf8)
        guard !wanted.isEmpty else { return startIndex..<startIndex }
        var start = utf8.startIndex
        while start != utf8.endIndex {
            var (place, matched) = (start, 0)
            while matched < wanted.count, place != utf8.endIndex, utf8[place] == wanted[matched] {
                place = utf8.index(after: place)
                matched += 1
            }
            if matched == wanted.count { return start..<place }
            start = utf8.index(after: start)
        }
        return nil
    }
}
