public import Kernel

/// Everything that is wrong with a configuration, so that its author mends it in one go.
public struct ConfigurationErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// At least one, in the order in which they were found.
    public let errors: [ConfigurationError]

    public init(_ errors: [ConfigurationError]) { self.errors = errors }

    /// For a terminal: one paragraph each with key, given value, origin, what would be valid, nearest key.
    public var description: String {
        let count = errors.count == 1 ? "1 error" : "\(errors.count) errors"
        return "\(count) in the configuration:\n" + errors.map { "\n" + $0.paragraph + "\n" }.joined()
    }

    /// One line each, for the log.
    public var lines: [String] {
        errors.map {
            $0.paragraph.split(separator: "\n").map { $0.trimming(while: { $0 == " " }) }.joined(separator: " · ")
        }
    }
}

extension ConfigurationError {
    /// The error as two or three indented lines.
    var paragraph: String {
        var head = "  \(ConfigurationError.printable(key))"
        if let given { head += " = \"\(ConfigurationError.printable(given))\"" }
        if let origin { head += "   (\(ConfigurationError.printable(origin)))" }
        var lines = [head]
        if let nearestKey {
            lines.append("    no such key; did you mean \(nearestKey)?")
        } else if given != nil, !valid.hasPrefix("must"), !valid.hasPrefix("is "), !valid.hasPrefix("can't"),
            !valid.hasPrefix("given"), !valid.hasPrefix("holds")
        {
            lines.append("    valid: \(valid)")
        } else {
            lines.append("    \(valid)")
        }
        return lines.joined(separator: "\n")
    }

    /// At most 200 characters and no control characters: a value from outside must not drive the terminal.
    static func printable(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(200) {
            let isControl = scalar.value < 0x20 || (scalar.value >= 0x7F && scalar.value < 0xA0)
            shown.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
        }
        return text.unicodeScalars.count > 200 ? shown + "…" : shown
    }
}

/// Something that is valid, and that an operator had better know.
public struct ConfigurationWarning: Sendable, Equatable, CustomStringConvertible {
    public let key: String
    public let text: String
    public init(key: String, text: String) {
        self.key = key
        self.text = text
    }
    public var description: String { "\(key): \(text)" }
}
