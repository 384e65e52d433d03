public import Kernel
import Store

/// Somebody who may sign in.
public struct Account: Sendable, Equatable {
    public enum Status: String, Sendable, SQLConvertible, CaseIterable { case active, disabled }

    public let id: String
    public let email: MailAddress
    public let status: Status
    public let role: Role
    /// nil until its owner chose a password.
    let password: String?
    public let createdAt: Timestamp
    public let signedInAt: Timestamp?

    public var hasPassword: Bool { password != nil }
}

/// What somebody is to the whole installation. `RoleTable` says what it may.
public struct Role: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String

    /// nil unless it is 1 to 40 lower-case letters, digits and hyphens.
    public init?(rawValue: String) {
        guard (1...40).contains(rawValue.utf8.count), rawValue.utf8.first != 0x2D,
            rawValue.utf8.allSatisfy({ (0x61...0x7A).contains($0) || $0.isASCIIDigit || $0 == 0x2D })
        else { return nil }
        self.rawValue = rawValue
    }

    private init(trusted: String) { rawValue = trusted }
    public static let person = Role(trusted: "person")
    /// Looks after the installation without being able to change who may what.
    public static let operating = Role(trusted: "operator")
    public static let administrator = Role(trusted: "administrator")
    public var description: String { rawValue }
}
