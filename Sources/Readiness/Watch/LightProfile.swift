/// The checks that can be asked every few minutes: they read, they need nobody to sign in, and they leave no mark.
public enum LightProfile {
    private static let areas: Set<Area> = [
        .headers, .transport, .cookies, .crossOrigin, .errors, .correlation, .exposure, .delivery,
    ]

    /// Ids in the order of the catalogue.
    public static let checks: [String] = CheckCatalogue.sheets.filter {
        areas.contains($0.area) && $0.needs.isEmpty && $0.id != "errors.malformed-json"
    }.map(\.id)
}
