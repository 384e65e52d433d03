extension ItemMapper {
    /// The word by which an item asks for something written, said or held, whatever it is about; nil when it doesn't.
    static func personWord(_ words: [String]) -> String? {
        if let first = words.first, acts.contains(first) { return first }
        return words.first { word in written.contains { word.hasPrefix($0) } }
    }

    static func person(_ words: [String], _ asked: String?) -> Mapping {
        guard let word = asked ?? words.first(where: { word in people.contains { word.hasPrefix($0) } }) else {
            return Mapping(target: nil, confidence: 0, reason: "nothing here decides it")
        }
        return Mapping(
            target: .person("a person knows"), confidence: 0.7,
            reason: asked == nil ? "“\(word)” is for a person to say" : "“\(word)” asks for a person")
    }

    private static let written = [
        "document", "docs", "readme", "runbook", "wiki", "training", "trained", "playbook", "tutorial", "handbook",
        "faq", "guide", "guideline", "diagram", "listed", "drafted", "manual",
    ]

    /// What an item begins with that asks somebody to do something on a day.
    private static let acts: Set = [
        "notify", "announce", "celebrate", "thank", "analyze", "analyse", "discuss", "inform", "communicate", "respond",
        "gather", "collect", "staff", "invite", "hire", "publish", "share", "get", "schedule", "team",
    ]

    private static let people = [
        "team", "stakeholder", "communicat", "announc", "approv", "legal", "terms", "privacy", "licen", "support",
        "procedure", "marketing", "budget", "schedul", "escalat", "feedback", "demo", "changelog", "responsib",
        "meeting", "notif", "oncall", "plan", "review", "polic", "complian", "gdpr", "hipaa", "soc2", "pci", "owner",
        "contact", "press", "social", "pricing", "copy", "content", "release", "incident", "postmortem", "checklist",
    ]

    /// Parts of a page: such an item tries a product out.
    static let page: Set = [
        "clicked", "click", "button", "toast", "modal", "dropdown", "widget", "sidebar", "navbar", "spinner", "tab",
        "tabs", "favicon", "logo", "emoji", "emojis", "screenshot", "screenshots",
    ]

    /// Headings under which words such as `monitoring` mean something else.
    static let business: Set = ["marketing", "seo", "cost", "costs", "contacts", "budget"]
}
