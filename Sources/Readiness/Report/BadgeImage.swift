import Kernel

/// A badge for a page: level, verdict and score as a small SVG that fetches nothing and runs nothing.
public enum BadgeImage {
    public static func render(_ report: Report) -> String {
        let verdict = report.verdict.decision
        let colour =
            switch verdict {
            case .go: "#1a7f37"
            case .noGo: "#cf222e"
            case .couldNotJudge: "#7d6608"
            }
        let left = "seaworthy \(visible(report.level, limit: 20))"
        let right = verdict.title + (report.score.map { " \($0)" } ?? "")
        let (first, second) = (width(left), width(right))
        let all = first + second
        let day = report.startedAt.prefix(10)
        let title = "\(left): \(right)\(day.isEmpty ? "" : ", \(day)")".escapedForHTML
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(all)" height="20" role="img" aria-label="\(title)">
            <title>\(title)</title>
            <clipPath id="r"><rect width="\(all)" height="20" rx="3"/></clipPath>
            <g clip-path="url(#r)"><rect width="\(first)" height="20" fill="#24292f"/><rect x="\(first)" width="\(second)" height="20" fill="\(colour)"/></g>
            <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
            <text x="\(first / 2)" y="14" textLength="\(first - 12)">\(left.escapedForHTML)</text>
            <text x="\(first + second / 2)" y="14" textLength="\(second - 12)">\(right.escapedForHTML)</text>
            </g>
            </svg>

            """
    }

    /// Seven pixels a letter at eleven points, and six at each side; `textLength` makes it so.
    private static func width(_ text: String) -> Int { text.count * 7 + 12 }
}
