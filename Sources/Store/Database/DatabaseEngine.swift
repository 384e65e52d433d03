/// The two engines that the facade speaks.
public enum DatabaseEngine: String, Sendable, CaseIterable {
    case sqlite
    case postgres
}
