import Kernel

/// What all mails of a language share, and how it writes times and spans.
struct MailLanguage: Sendable {
    let tag: String
    let greeting: @Sendable (_ name: String?) -> String
    /// Above the address of the button, for those whose program shows no buttons.
    let linkHint: String
    /// Why one gets this mail.
    let footer: @Sendable (_ product: String) -> String
    let unsubscribe: String
    let time: @Sendable (Timestamp) -> String
    let duration: @Sendable (Duration) -> String

    static let all: [String: MailLanguage] = ["en": english]

    static let english = MailLanguage(
        tag: "en",
        greeting: { name in name.map { "Hello \($0)," } ?? "Hello," },
        linkHint: "If the button does not work, copy this address into your browser:",
        footer: { "This mail was sent automatically by \($0). Replies to it are not read." },
        unsubscribe: "Stop mails of this kind",
        time: { time in
            let months = [
                "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December",
            ]
            let parts = MailDate.parts(time)
            return "\(parts.day) \(months[parts.month - 1]) \(parts.year), \(parts.clock.prefix(5)) UTC"
        },
        duration: { span in
            let minutes = max(1, span.components.seconds / 60)
            let (count, unit): (Int64, String) =
                minutes % 1440 == 0 && minutes > 1440
                ? (minutes / 1440, "day") : minutes % 60 == 0 ? (minutes / 60, "hour") : (minutes, "minute")
            return "\(count) \(unit)\(count == 1 ? "" : "s")"
        })

    /// The language for a tag such as `de-AT`: that one, then `de`, then English.
    static func nearest(to tag: String, among available: some Collection<String>) -> String {
        var rest = tag.lowercased()[...]
        while !rest.isEmpty {
            if available.contains(String(rest)) { return String(rest) }
            guard let dash = rest.lastIndex(of: "-") else { break }
            rest = rest[..<dash]
        }
        return "en"
    }
}
