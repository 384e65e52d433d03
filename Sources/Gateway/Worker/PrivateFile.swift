import Foundation

/// A file that holds secrets is its owner's alone.
enum PrivateFile {
    /// What is wrong with who may read or write it; nil when nothing is, or it can't be told (then reading it fails).
    static func problem(at path: String) -> String? {
        // Of the file itself, not of a link to it.
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: target),
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue,
            let owner = (attributes[.ownerAccountID] as? NSNumber)?.intValue
        else { return nil }
        if mode & 0o077 != 0 { return "can be read by others (mode \(octal(mode & 0o777))): chmod 600" }
        guard owner == Int(geteuid()) || owner == 0 else {
            return "belongs to another user (\(owner)): chown it to the one that runs the worker"
        }
        return nil
    }

    private static func octal(_ mode: Int) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
