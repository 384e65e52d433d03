/// Why a sealed value can't be sealed or opened. Never holds a value or a key.
public enum AtRestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Shorter than any sealed value.
    case truncated
    /// Sealed by a newer program than this one, or no sealed value at all.
    case unknownVersion(UInt8)
    /// Its key isn't in the ring: destroyed, or from another database.
    case unknownKey(KeyID)
    /// The key is there but doesn't fit: changed bytes, or a value that was moved from another row, column or table.
    case notGenuine
    /// Opened, and then isn't what the type wants.
    case notOfType
    /// The column isn't among those that re-wrapping and scans know.
    case unknownColumn(String)

    public var description: String {
        switch self {
        case .truncated: "a sealed value that is too short"
        case .unknownVersion(let version): "a sealed value of form \(version), which this program doesn't know"
        case .unknownKey(let id): "a value sealed with key \(id), which isn't in the ring"
        case .notGenuine: "a sealed value that was changed, or moved from another place"
        case .notOfType: "a sealed value of another type"
        case .unknownColumn(let name): "the column \(name) isn't registered for encryption"
        }
    }
}
