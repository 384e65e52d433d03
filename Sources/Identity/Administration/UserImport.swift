import Foundation
public import Kernel
import Store

/// Accounts from a CSV file: `email,password_hash[,role]`, with hashes as Werkzeug, Django, passlib or PHP made them.
public struct UserImport: Sendable {
    /// One line that can't be taken, with why; never with the hash.
    public struct Rejection: Sendable, Equatable, CustomStringConvertible {
        public let line: Int
        public let reason: String
        public var description: String { "line \(line): \(reason)" }
    }

    public struct Entry: Sendable, Equatable {
        public let line: Int
        public let email: MailAddress
        let hash: String?
        /// Which library's form the hash has.
        public let scheme: String?
        let role: Role
    }

    public let entries: [Entry]
    public let rejections: [Rejection]

    /// - Parameter text: the file; its first line names the columns.
    public init(csv text: String) {
        let lines = CSVLines.parse(text)
        var entries: [Entry] = []
        var rejections: [Rejection] = []
        let header = lines.first?.fields.map { $0.lowercased().trimmingCharacters(in: .whitespaces) } ?? []
        guard let email = header.firstIndex(of: "email"),
            let hash = header.firstIndex(where: { ["password_hash", "password", "hash"].contains($0) })
        else {
            self.entries = []
            self.rejections = [
                Rejection(line: 1, reason: "the first line must name the columns: email,password_hash and maybe role")
            ]
            return
        }
        let role = header.firstIndex(of: "role")
        var seen: Set<String> = []
        for line in lines.dropFirst() where line.fields != [""] {
            switch UserImport.entry(line, email, hash, role) {
            case .success(let entry) where !seen.insert(entry.email.folded).inserted:
                rejections.append(Rejection(line: line.number, reason: "\(entry.email) stands in the file twice"))
            case .success(let entry): entries.append(entry)
            case .failure(let rejection): rejections.append(rejection.rejection)
            }
        }
        self.entries = entries
        self.rejections = rejections
    }

    private struct Rejected: Error { let rejection: Rejection }

    private static func entry(_ line: CSVLines.Line, _ email: Int, _ hash: Int, _ role: Int?) -> Result<Entry, Rejected>
    {
        func refuse(_ reason: String) -> Result<Entry, Rejected> {
            .failure(Rejected(rejection: Rejection(line: line.number, reason: reason)))
        }
        guard line.fields.count > max(email, hash) else { return refuse("too few columns") }
        let text = line.fields[email].trimmingCharacters(in: .whitespaces)
        let address: MailAddress
        do {
            address = try MailAddress(text)
        } catch {
            return refuse("\(text.prefix(60).debugDescription) is no address: \(error.rawValue)")
        }
        let stored = line.fields[hash].trimmingCharacters(in: .whitespaces)
        let scheme = stored.isEmpty ? nil : ForeignHash.scheme(of: stored)
        if !stored.isEmpty, scheme == nil {
            return refuse("the hash of \(address) is none that Werkzeug, Django, passlib or PHP make, or too costly")
        }
        var given = Role.person
        if let role, line.fields.count > role {
            let name = line.fields[role].trimmingCharacters(in: .whitespaces)
            if !name.isEmpty {
                guard let parsed = Role(rawValue: name) else {
                    return refuse("\(name.prefix(40).debugDescription) is no role")
                }
                given = parsed
            }
        }
        return .success(
            Entry(line: line.number, email: address, hash: stored.isEmpty ? nil : stored, scheme: scheme, role: given))
    }
}

extension Administration {
    /// Makes accounts of an import, all or none; those whose address has one already are left as they are.
    ///
    /// - Returns: how many were made, and the addresses that were there.
    public func take(_ users: UserImport, source: String) async throws -> (made: Int, known: [MailAddress]) {
        let now = clock.now()
        return try await database.transaction("user.import", limit: .seconds(60)) { db in
            var known: [MailAddress] = []
            for entry in users.entries.sorted(by: { $0.email.folded < $1.email.folded }) {
                let id = newID(at: now)
                let made = try accounts.insert(
                    id, email: entry.email, role: entry.role, password: entry.hash, at: now, in: db)
                if made == nil { known.append(entry.email) }
            }
            let count = users.entries.count - known.count
            try audit.append(
                AuditEvent(
                    "account.imported", actor: actor, details: ["count": "\(count)", "source": source]), in: db)
            return (count, known)
        }
    }
}

/// Lines of a CSV file (RFC 4180), with quotes and line ends of either kind.
enum CSVLines {
    struct Line: Equatable {
        /// From 1, where it begins.
        let number: Int
        let fields: [String]
    }

    static func parse(_ text: String) -> [Line] {
        var lines: [Line] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var wasQuote = false
        var (number, start) = (1, 1)
        func end() {
            fields.append(String(decoding: field, as: UTF8.self))
            field = []
        }
        for byte in text.utf8.drop(while: { $0 == 0xEF || $0 == 0xBB || $0 == 0xBF }) {
            if byte == 0x0A { number += 1 }
            if isQuoted, !wasQuote {
                if byte == 0x22 { wasQuote = true } else { field.append(byte) }
                continue
            }
            if wasQuote {
                wasQuote = false
                if byte == 0x22 {
                    field.append(byte)
                    continue
                }
                isQuoted = false
            }
            switch byte {
            case 0x22 where field.isEmpty: isQuoted = true
            case 0x2C: end()
            case 0x0D: break
            case 0x0A:
                end()
                lines.append(Line(number: start, fields: fields))
                fields = []
                start = number
            default: field.append(byte)
            }
        }
        if !field.isEmpty || !fields.isEmpty {
            end()
            lines.append(Line(number: start, fields: fields))
        }
        return lines
    }
}
