/// The grade that the public HTTP Observatory's rules give, printed beside ours so that people who know it can compare.
///
/// After the source that MDN publishes (github.com/mdn/mdn-http-observatory: `src/analyzer/tests`, `src/grader`; read 2026-11): a
/// baseline of 100, penalties first, bonuses only from 90 on. What it judges from elsewhere is left out: browsers' preload lists, the
/// chain of the certificate, where plain http leads by way of other hosts, the list of public suffixes.
public struct ObservatoryGrade: Sendable, Codable, Equatable {
    /// `A+` to `F`.
    public var grade: String
    public var score: Int
    /// What moved the score, such as `no Content-Security-Policy: -25`.
    public var reasons: [String]

    /// What one of its tests comes to: words for people, and points that are added.
    struct Judgement {
        let words: String
        let points: Int
        init(_ words: String, _ points: Int) {
            self.words = words
            self.points = points
        }
    }

    init(_ page: ObservatoryPage) {
        let policy = page.contentPolicy
        let judgements = [
            policy.judgement, page.transport, page.redirection, page.cookieJar, page.contentType,
            page.framing(policy), page.referrer, page.resourcePolicy, page.sharing, page.integrity,
        ].compactMap(\.self).filter { $0.points != 0 }
        var counted = judgements.filter { $0.points < 0 }
        var score = 100 + counted.reduce(0) { $0 + $1.points }
        if score >= 90 {
            let bonuses = judgements.filter { $0.points > 0 }
            score += bonuses.reduce(0) { $0 + $1.points }
            counted += bonuses
        }
        self.score = max(0, score)
        grade = Self.letter(self.score)
        reasons = counted.map { "\($0.words): \($0.points > 0 ? "+" : "")\($0.points)" }
    }

    static func letter(_ score: Int) -> String {
        let chart = [
            (100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"),
            (40, "D+"), (30, "D"), (25, "D-"),
        ]
        return chart.first { score >= $0.0 }?.1 ?? "F"
    }
}
