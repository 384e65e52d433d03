import Crypto
import Foundation
import Kernel

/// Somebody as the app's login form names them: what we keep is a pseudonym, never the name.
struct AppPerson: Sendable, Equatable {
    /// The account that their sessions hang on here.
    let account: String
    /// What attempts are counted under: all spellings that some app might take for the same name.
    let counted: String
    /// The same under keys that were rotated and still verify: what was kept under them is found.
    let earlier: [String]

    /// The address of their account here, which no mail reaches (RFC 6761 §6.4): it keeps both together, so that an administrator
    /// can unlock whom they see in a list.
    var address: String { "\(account).\(counted.dropFirst(4))@\(AppPerson.domain)" }
    static let domain = "adopted.invalid"

    /// What the tries of an account here are counted under; nil for accounts of our own.
    static func counted(of address: MailAddress) -> String? {
        let halves = address.folded.split(separator: "@")
        guard halves.count == 2, halves.last == domain[...] else { return nil }
        return halves.first?.split(separator: ".").last.map { "app:\($0)" }
    }

    /// - Throws: where the ring has no key.
    init(_ name: String, keys: any PurposeKeys) throws {
        let key = try keys.signing(.blindIndex)
        account = "app-" + AppPerson.digest("person", AppPerson.exact(name), key)
        counted = AppPerson.counted(name, key)
        earlier = keys.published(.blindIndex).filter { $0.id != key.id }.map { AppPerson.counted(name, $0) }
    }

    static func counted(_ name: String, _ key: PurposeKey) -> String {
        "app:" + digest("attempts", folded(name), key)
    }

    private static func digest(_ use: String, _ text: String, _ key: PurposeKey) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("adopted \(use)\n\(text)".utf8), using: SymmetricKey(data: key.reveal()))
        return HexText.text(code.prefix(12))
    }

    /// As apps tell people apart: blanks around it are none of it, and an e-mail address has no case.
    private static func exact(_ name: String) -> String {
        let text = name.trimmingCharacters(in: .whitespacesAndNewlines).precomposedStringWithCanonicalMapping
        return text.contains("@") ? text.lowercased() : text
    }

    /// Compatible forms (a full-width letter), case, blanks and what can't be seen make no other name: an app that folds more
    /// than we do would give an attacker a counter for each spelling. (NFKC, UAX #15)
    private static func folded(_ name: String) -> String {
        let text = name.precomposedStringWithCompatibilityMapping.lowercased().precomposedStringWithCompatibilityMapping
        let kept = text.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .unassigned, .privateUse, .surrogate, .spaceSeparator, .lineSeparator,
                .paragraphSeparator:
                false
            default: true
            }
        }
        return String(String.UnicodeScalarView(kept))
    }
}
