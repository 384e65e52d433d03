import FoundationEssentials
import Kernel

/// The verdict of the last check, as far as a report of `seaworthy check --format json` tells it.
struct VerdictFile: Decodable, Sendable {
    struct Verdict: Decodable, Sendable {
        let level: String
        /// `go`, `no-go` or `could-not-judge`.
        let decision: String
        let blockers: [Blocker]
    }
    struct Blocker: Decodable, Sendable {
        let check: String?
        let kind: String
        let reason: String
    }

    let target: String
    let startedAt: String
    let score: Int?
    /// The level that decided the exit code.
    let level: String?
    let verdicts: [Verdict]

    /// Why there is nothing to show.
    struct Unreadable: Error, Sendable { let reason: String }

    private static let mostBytes = 8_388_608

    /// At most 8 MB of it.
    static func read(_ path: String) throws(Unreadable) -> VerdictFile {
        let data: Data
        do {
            guard FileManager.default.fileExists(atPath: path) else {
                throw Unreadable(reason: "there is no such file")
            }
            data = try Data(contentsOf: URL(filePath: path))
        } catch let unreadable as Unreadable {
            throw unreadable
        } catch {
            throw Unreadable(reason: "it can't be read")
        }
        guard data.count <= mostBytes else { throw Unreadable(reason: "it is larger than any report") }
        guard let file = try? JSONDecoder().decode(VerdictFile.self, from: data) else {
            throw Unreadable(reason: "it is no report of “seaworthy check --format json”")
        }
        return file
    }
}
