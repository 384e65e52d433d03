import Kernel
import Web

extension HeaderHygiene {
    /// How the console's cookies begin. Cookies know no ports: where both doors share a host, a browser sends the console's to
    /// the app too, and takes what the app sets for the console's.
    static let consoleCookie = "seaworthy-console"
    private static let consoleBytes = Array(consoleCookie.utf8)

    /// Whether a `Cookie` value may hold one of the console's.
    static func mentionsConsole(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.count >= consoleBytes.count, let first = consoleBytes.first else { return false }
        for start in 0...(value.count - consoleBytes.count) where value[start] == first {
            if UnsafeRawBufferPointer(rebasing: value[start..<(start + consoleBytes.count)])
                .elementsEqual(consoleBytes)
            {
                return true
            }
        }
        return false
    }

    /// A `Cookie` value without the console's; nil when nothing is left.
    static func withoutConsole(_ line: String) -> String? {
        let kept = line.split(separator: ";").map { $0.trimming { $0 == " " } }.filter { pair in
            let name = pair.hasPrefix("__Host-") ? pair.dropFirst(7) : pair[...]
            return !name.hasPrefix(consoleCookie)
        }
        return kept.isEmpty ? nil : kept.joined(separator: "; ")
    }
}

extension HeaderHygieneStage {
    /// The app never sees what opens the console.
    func dropConsoleCookies(_ exchange: inout Exchange) {
        guard let position = exchange.request.fields.position(of: .cookie) else { return }
        let several = exchange.request.count(.cookie) > 1
        guard several || exchange.request.fields.withValue(at: position, { HeaderHygiene.mentionsConsole($0) }) else {
            return
        }
        let lines = exchange.request.values(.cookie)
        guard lines.contains(where: { $0.contains(HeaderHygiene.consoleCookie) }) else { return }
        exchange.request.remove(.cookie)
        for case let line? in lines.map(HeaderHygiene.withoutConsole) {
            exchange.request.append(.cookie, "Cookie", line)
        }
    }
}
