/// Every protected read with a session cookie whose end was changed, which no honest client has.
struct AlteredSessionsAreRefused: Check {
    let sheet = CheckSheet(
        "session.altered", "A session cookie that was changed opens nothing", area: .identity, side: .app,
        severity: .critical, asvs: "V7.2.4", flaw: "altered-session", needs: [.login, .identities],
        rationale: "What is compared only in part, or not at all, can be guessed or written by anybody.",
        remediation: "Compare the whole token in constant time; look it up by a hash of all of it.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let who = try await target.who(nil)
        let session = try await target.session(of: who)
        let reads = try await target.reads(of: who)
        var refused = 0
        var failures: [Observation] = []
        let forged = session.changed(Self.altered)
        let what = session.isByHeader ? "token" : "cookie"
        for read in reads {
            // Only where the cookie decides: nobody must be refused, and its owner served.
            guard let nobody = try? await target.get(read.path, read.entry.accept), !nobody.answer.isSuccess,
                let seen = try? await target.get(read.path, read.entry.accept + forged)
            else { continue }
            if seen.answer.isSuccess {
                failures.append(
                    .fails(
                        "GET \(read.entry.path)", "\(seen.status) with a \(what) whose end was changed", seen,
                        read.answer))
            } else {
                refused += 1
            }
        }
        let all = refused + failures.count
        guard all > 0 else { throw Obstacle.notAvailable("no read is known that only a session opens") }
        let percent = refused * 100 / all
        if failures.isEmpty {
            return [.holds("\(all) reads", "\(refused) of \(all) protected reads refuse it (\(percent) %)")]
        }
        return failures.prefix(3) + [
            .fails("\(all) reads", "only \(refused) of \(all) protected reads refuse it (\(percent) %)")
        ]
    }

    /// The last characters changed, the length and the alphabet kept.
    static func altered(_ value: String) -> String {
        let tail = value.suffix(6).map { letter -> Character in
            switch letter {
            case "0"..."8", "a"..."e", "A"..."Y": Character(UnicodeScalar(letter.asciiValue.map { $0 &+ 1 } ?? 0x61))
            case "9": "0"
            case "f"..."y": "a"
            case "z", "Z": "b"
            default: letter
            }
        }
        return String(value.dropLast(6)) + String(tail)
    }
}
