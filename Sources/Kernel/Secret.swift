/// A value that must never be printed, logged or interpolated by accident; `reveal()` is the one way to it.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String
    public init(_ value: String) { self.value = value }
    /// The secret itself: call it only where it is used, never where it is shown.
    public func reveal() -> String { value }
    public var description: String { "‹redacted›" }
    public var debugDescription: String { "‹redacted›" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
