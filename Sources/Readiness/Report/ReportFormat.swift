/// The forms in which a report can be written.
public enum ReportFormat: String, Sendable, CaseIterable {
    case terminal, json, html, markdown, sarif, junit, csv, badge

    public func render(_ report: Report, colour: Bool = false) throws -> String {
        switch self {
        case .terminal: TerminalReport.render(report, colour: colour)
        case .json: try report.json()
        case .html: try HTMLReport.render(report)
        case .markdown: MarkdownReport.render(report)
        case .sarif: try SARIFDocument.render(report)
        case .junit: JUnitDocument.render(report)
        case .csv: CSVDocument.render(report)
        case .badge: BadgeImage.render(report)
        }
    }
}
