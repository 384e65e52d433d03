/// The checklists that are shipped.
public enum ProfileCatalogue {
    private static let texts: [(name: String, yaml: String)] = [
        ("data-platform", DataPlatformProfile.yaml), ("content-api", ContentAPIProfile.yaml),
        ("reconciliation", ReconciliationProfile.yaml), ("portfolio", PortfolioProfile.yaml),
        ("trading", TradingProfile.yaml),
    ]

    public static let names = texts.map(\.name)

    /// The profile of that name; nil when there is none. Throws what is wrong in its text, which a test rules out.
    public static func profile(_ name: String) throws -> Profile? {
        try texts.first { $0.name == name }.map { try Profile(yaml: $0.yaml, name: name) }
    }
}
