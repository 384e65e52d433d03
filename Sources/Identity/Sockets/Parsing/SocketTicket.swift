import Kernel

/// A ticket as a request shows it: `swt_` and 43 characters of base64url, in the query or among the subprotocols. Wherever it
/// stood, it is taken out, so that neither the app nor a log sees it.
struct SocketTicket: Sendable, Equatable {
    static let prefix = "swt_"
    /// What it is called in a query.
    static let parameter = "seaworthy_ticket"
    /// What a browser offers beside it, to be answered with: the ticket itself is never said back.
    static let subprotocol = "seaworthy.ticket"

    /// What it is looked up under; nil where more than one was shown, or what can't be one.
    let hash: String?
    /// The target without it.
    let target: String
    /// The lines of `Sec-WebSocket-Protocol` without it.
    let protocols: [String]
    /// Whether `seaworthy.ticket` was offered, too.
    let offersSubprotocol: Bool

    /// nil where none is shown.
    init?(target: String, protocols lines: [String]) {
        var shown: [String] = []
        self.target = SocketTicket.without(target, &shown)
        var offers = false
        var kept: [String] = []
        for line in lines {
            var members: [Substring] = []
            for member in line.split(separator: ",", omittingEmptySubsequences: true) {
                let name = member.trimming(while: { $0 == " " || $0 == "\t" })
                if name.utf8.starts(with: SocketTicket.prefix.utf8) {
                    shown.append(String(name))
                } else if name == SocketTicket.subprotocol {
                    offers = true
                } else {
                    members.append(Substring(name))
                }
            }
            if !members.isEmpty { kept.append(members.joined(separator: ", ")) }
        }
        guard !shown.isEmpty else { return nil }
        protocols = kept
        offersSubprotocol = offers
        hash = shown.count == 1 ? shown.first.flatMap(SocketTicket.key(of:)) : nil
    }

    /// What a ticket is looked up under; nil for what can't be one.
    static func key(of text: String) -> String? {
        guard text.utf8.starts(with: prefix.utf8), OneTimeSecret.isPlausible(text.dropFirst(prefix.utf8.count)) else {
            return nil
        }
        return OneTimeSecret.hash(text)
    }

    static func make(random: any RandomSource) -> (text: Secret, hash: String) {
        let text = "\(prefix)\(OneTimeSecret(random: random).text.reveal())"
        return (Secret(text), OneTimeSecret.hash(text))
    }

    private static func without(_ target: String, _ shown: inout [String]) -> String {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let path = parts.first, let query = parts.last else { return target }
        var kept: [Substring] = []
        var found = false
        for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if halves.first.map(String.init) == parameter {
                found = true
                shown.append(halves.dropFirst().first.map(String.init) ?? "")
            } else {
                kept.append(pair)
            }
        }
        guard found else { return target }
        return kept.isEmpty ? String(path) : "\(path)?\(kept.joined(separator: "&"))"
    }
}
