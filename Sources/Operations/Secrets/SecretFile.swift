import Foundation
public import Kernel

/// A secret in a file: read only when nobody else on the machine could have read or written it.
///
/// Accepted: a regular file of ours or root's without any rights for group and others. Also `0440` (or `0640`) of root's
/// when its group is one of ours, as Kubernetes makes it with `fsGroup`; and group rights inside systemd's credential
/// directory, where they are the mask of an access list. A symbolic link is followed when it is ours or root's, because
/// Kubernetes writes all its volumes through links. (ASVS 5.0 V13.3.1)
public struct SecretFile: Sendable, Equatable {
    /// Lines without their ends: a list has several, the first signs.
    public let lines: [Secret]
    /// When it was last written: its age.
    public let modifiedAt: Timestamp
    /// What would be refused in production, in words; nil when nothing.
    public let concern: String?

    public static let sizeLimit = 65_536

    /// What is wrong with a file; never holds its content.
    public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// - Parameters:
    ///   - environment: in production what others can read or write is refused; in development it is a concern.
    ///   - credentials: systemd's `CREDENTIALS_DIRECTORY`, where set.
    public init(
        at path: String, environment: DeploymentEnvironment, credentials: String? = nil
    ) throws(Problem) {
        if let problem = SecretFile.linkProblem(path) { throw Problem(description: problem) }
        // Not blocking: a named pipe would hold the start for ever.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw Problem(description: "can't be read: \(String(cString: strerror(errno)))")
        }
        defer { _ = close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Problem(description: "can't be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Problem(description: "isn't a regular file") }
        guard status.st_size <= SecretFile.sizeLimit else {
            throw Problem(description: "is larger than \(SecretFile.sizeLimit) bytes: that is no secret")
        }
        let concern = SecretFile.concern(
            mode: status.st_mode, owner: status.st_uid, group: status.st_gid,
            isCredential: credentials.map { !$0.isEmpty && path.hasPrefix($0 + "/") } ?? false)
        if let concern, environment == .production { throw Problem(description: concern) }
        self.concern = concern
        modifiedAt = Timestamp(
            nanosecondsSinceEpoch: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
        lines = try SecretFile.lines(try SecretFile.content(descriptor))
    }

    /// The one secret of a file that isn't a list.
    public func single() throws(Problem) -> Secret {
        guard let first = lines.first, lines.count == 1 else {
            throw Problem(description: "holds several lines where one secret is wanted")
        }
        return first
    }

    private static func linkProblem(_ path: String) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return "can't be read: \(String(cString: strerror(errno)))" }
        guard status.st_mode & S_IFMT == S_IFLNK, status.st_uid != 0, status.st_uid != geteuid() else { return nil }
        return "is a symbolic link of another user (\(status.st_uid))"
    }

    static func concern(mode: mode_t, owner: uid_t, group: gid_t, isCredential: Bool) -> String? {
        guard owner == 0 || owner == geteuid() else {
            return "belongs to another user (\(owner)): make it root's or the user's that runs seaworthy"
        }
        let rights = mode & 0o077
        if rights == 0 { return nil }
        let advice =
            "chmod 400 it (`defaultMode: 0400` in Kubernetes, `mode: 0400` in a compose file, `perms` in a Vault template)"
        if rights & 0o007 != 0 { return "can be read or written by everybody (\(octal(mode))): \(advice)" }
        if rights & 0o020 != 0 { return "can be written by its group (\(octal(mode))): \(advice)" }
        // Read by a group that root chose and that we are in, or through systemd's access list.
        if rights == 0o040, isCredential || (owner == 0 && isOurs(group)) { return nil }
        return "can be read by its group (\(octal(mode))): \(advice)"
    }

    private static func isOurs(_ group: gid_t) -> Bool {
        if group == getegid() { return group != 0 || geteuid() == 0 }
        var groups = [gid_t](repeating: 0, count: 256)
        let count = getgroups(256, &groups)
        return count > 0 && groups.prefix(Int(count)).contains(group)
    }

    private static func octal(_ mode: mode_t) -> String {
        let digits = String(mode & 0o7777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private static func content(_ descriptor: Int32) throws(Problem) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8192)
        while bytes.count <= sizeLimit {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Problem(description: "can't be read: \(String(cString: strerror(errno)))")
            }
            bytes += buffer.prefix(count)
        }
        throw Problem(description: "is larger than \(sizeLimit) bytes: that is no secret")
    }

    private static func lines(_ bytes: [UInt8]) throws(Problem) -> [Secret] {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw Problem(description: "isn't text: write random bytes as base64 or hexadecimal digits")
        }
        // An editor's or `echo`'s line end isn't part of the secret; spaces may be.
        let lines = text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" || $0 == "\r" })
            .filter { line in line.contains { $0 != " " && $0 != "\t" } }
        guard !lines.isEmpty else { throw Problem(description: "is empty") }
        return lines.map { Secret(String($0)) }
    }
}
