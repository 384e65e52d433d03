public import Kernel

extension SearchIndex {
    public static let capability = Capability(
        id: "operations.search", title: "Events are found by their words, by those who may see them",
        level: .recommended,
        stages: [], modeKey: nil, reasons: [], provedBy: [], rehearsedBy: ["SearchTests", "SearchCommandTests"])
}
