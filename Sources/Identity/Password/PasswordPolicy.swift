import Foundation
import Kernel

/// Which passwords are taken: length and what an attacker tries first, no composition rules unless asked for.
/// (NIST SP 800-63B-4 §3.1.1.2; ASVS 5.0 V6.2.1, V6.2.4, V6.2.5, V6.2.11, V6.2.12)
public struct PasswordPolicy: Sendable {
    /// Why a password isn't taken, and what would be.
    public enum Refusal: Sendable, Equatable {
        case tooShort(minimum: Int)
        case tooLong(maximum: Int)
        /// U+0000 or another control: no keyboard types them.
        case control
        case common
        case breached
        /// Your name, your address or this site's.
        case personal
        /// `aaaa…`, `123456…`, `qwerty…`, or one piece again and again.
        case pattern
        case classes

        public var detail: String {
            switch self {
            case .tooShort(let minimum):
                "It must have \(minimum) characters or more: a few words in a row are easy to remember."
            case .tooLong(let maximum): "It may have \(maximum) characters at most."
            case .control: "It has characters that can't be typed."
            case .common: "It is among the first that others would try."
            case .breached: "It stands in a list of passwords that were stolen elsewhere."
            case .personal: "It is little more than your name, your address or the name of this site."
            case .pattern: "It repeats itself or follows the keyboard or the alphabet."
            case .classes: "It needs small and capital letters, a digit and a mark."
            }
        }

        /// Stable, for programs.
        public var code: String {
            switch self {
            case .tooShort: "too-short"
            case .tooLong: "too-long"
            case .control: "control-character"
            case .common: "common"
            case .breached: "breached"
            case .personal: "personal"
            case .pattern: "pattern"
            case .classes: "classes"
            }
        }
    }

    private(set) var settings: PasswordSettings
    private let breached: BreachedPasswords?

    public init(settings: PasswordSettings, breached: BreachedPasswords? = nil) {
        self.settings = settings
        self.breached = breached
    }

    /// For people who can't sign in without a second factor. (NIST SP 800-63B-4 §3.1.1.2)
    mutating func allowShort() { settings.minimum = min(settings.minimum, settings.minimumWithFactor) }

    /// nil when it may be used. Length and controls hold in every mode.
    ///
    /// - Parameter context: words that stand for the person and the site: an address, a name, a host.
    public func judge(_ password: Password, context: [String]) -> Refusal? {
        let length = password.length
        if length > settings.maximum { return .tooLong(maximum: settings.maximum) }
        if password.composed.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return .control
        }
        guard settings.mode == .enforce else { return length < 8 ? .tooShort(minimum: 8) : nil }
        if length < settings.minimum { return .tooShort(minimum: settings.minimum) }
        if settings.asksForClasses, !PasswordPolicy.hasAllClasses(password.composed) { return .classes }
        let folded = password.composed.lowercased()
        if CommonPasswords.isCommon(folded) { return .common }
        if PasswordPattern.isPattern(folded) { return .pattern }
        if PasswordPolicy.isPersonal(folded, context) { return .personal }
        if let breached, breached.contains(password.composed) { return .breached }
        return nil
    }

    private static func hasAllClasses(_ text: String) -> Bool {
        text.contains(where: \.isLowercase) && text.contains(where: \.isUppercase) && text.contains(where: \.isNumber)
            && text.contains { !$0.isLetter && !$0.isNumber }
    }

    /// Whether fewer than 8 characters are left without the words of the context.
    private static func isPersonal(_ folded: String, _ context: [String]) -> Bool {
        var rest = folded
        let words = Set(context.flatMap(pieces)).sorted { ($1.count, $1) < ($0.count, $0) }
        for word in words { rest = rest.replacing(word, with: "") }
        return rest.count < folded.count && rest.count < 8
    }

    /// The words of a name, an address or a host that are long enough to mean something.
    private static func pieces(_ text: String) -> [String] {
        let folded = text.lowercased()
        let words = folded.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        return (words + [folded]).filter { $0.count >= 4 }
    }
}

/// Passwords without any word in them: runs of the alphabet, of digits, of the keyboard, and repetitions.
enum PasswordPattern {
    private static let rows = [
        "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm",
        "azertyuiop", "qsdfghjklm", "wxcvbn", "!@#$%^&*()_+", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "!\"§$%&/()=?",
    ].map { Array($0) }

    /// Whether a text, in lower case, says so little that it is guessed with the first.
    static func isPattern(_ text: String) -> Bool {
        let characters = Array(text)
        guard characters.count >= 4 else { return true }
        if Set(characters).count < 4 { return true }
        if isPeriodic(characters) { return true }
        return units(characters) * 3 <= characters.count
    }

    /// One piece of up to a third of the whole, again and again.
    private static func isPeriodic(_ text: [Character]) -> Bool {
        for period in 1...max(1, text.count / 3) where zip(text, text.dropFirst(period)).allSatisfy(==) { return true }
        return false
    }

    /// How many things there are to remember: a run counts as one, however long.
    private static func units(_ text: [Character]) -> Int {
        var units = 0
        var index = 0
        while index < text.count {
            let length = run(text[index...])
            units += 1
            index += max(1, length)
        }
        return units
    }

    /// Length of the run that begins here; 1 where there is none of 3 or more.
    private static func run(_ text: ArraySlice<Character>) -> Int {
        guard let first = text.first else { return 0 }
        var longest = text.prefix { $0 == first }.count
        for row in rows {
            for direction in [row, row.reversed()] {
                guard let start = direction.firstIndex(of: first) else { continue }
                longest = max(longest, zip(text, direction[start...]).prefix { $0 == $1 }.count)
            }
        }
        return longest >= 3 ? longest : 1
    }
}
