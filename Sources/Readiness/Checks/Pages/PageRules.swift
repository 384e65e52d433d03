/// What a page owes to whoever opens it, on a slow machine, a small screen, with a screen reader or without a network.
enum PageRules {
    private static func milliseconds(_ value: Double) -> String { "\(Int(value.rounded())) ms" }

    /// A page that isn't loaded at all has nothing else to say.
    private static func loaded(_ page: PageExamination, _ wrong: [String]) -> [String]? {
        page.loadMilliseconds == nil ? nil : wrong
    }

    static let load = PageRule(
        "pages.load-time", "Pages are loaded within two seconds", severity: .major, flaw: "slow-page",
        rationale: "After two seconds people wonder whether it works, and after five they are gone.",
        remediation:
            "Look at the slowest request of the page; load less, later, and from nearer. Cache what doesn't change.",
        judge: { page in
            guard let time = page.loadMilliseconds else {
                return page.obstacle?.contains("isn't loaded") == true ? ["it isn't loaded after 8 s"] : nil
            }
            var wrong: [String] = []
            if time >= PageExamination.loadLimit {
                wrong.append("\(milliseconds(time)) until it is loaded, the best of three")
            }
            if page.worksOffline == false {
                wrong.append("it has a service worker, and shows nothing without a network")
            }
            return wrong
        },
        good: { page in
            var words = ["\(milliseconds(page.loadMilliseconds ?? 0))", "\(page.requests) requests"]
            if !page.foreign.isEmpty { words.append("\(page.foreign.count) other hosts, which were not asked") }
            if page.worksOffline == true { words.append("shows itself without a network") }
            if let score = page.score { words.append("score \(score)") }
            return words.joined(separator: ", ")
        })

    static let memory = PageRule(
        "pages.memory", "Pages take less than 60 MB of script memory", severity: .minor, flaw: "heavy-page",
        rationale: "A tab that takes hundreds of megabytes is closed by the telephone that it runs on.",
        remediation: "Take a heap snapshot; page through long lists, drop what isn't shown, end timers and listeners.",
        judge: { page in
            guard let bytes = page.heapBytes else {
                return page.obstacle == BrowserFailure.tooMuchMemory.description
                    ? [BrowserFailure.tooMuchMemory.description] : nil
            }
            return bytes < PageExamination.heapLimit
                ? [] : ["\(TerminalReport.tenths(bytes / 1_048_576)) MB after a collection"]
        },
        good: { "\(TerminalReport.tenths(($0.heapBytes ?? 0) / 1_048_576)) MB after a collection" })

    static let tasks = PageRule(
        "pages.long-tasks", "No script keeps a page from answering", severity: .minor, flaw: "long-task",
        rationale: "While a script computes, nothing that people click or type happens.",
        remediation: "Cut the work into pieces (`scheduler.yield`), or give it to a worker.",
        judge: { page in
            if page.blocking < PageExamination.blockingLimit { return loaded(page, []) }
            let longest = milliseconds(page.longTasks.max() ?? 0)
            return loaded(
                page,
                ["\(milliseconds(page.blocking)) blocked by \(page.longTasks.count) long tasks, the longest \(longest)"]
            )
        },
        good: { "\(milliseconds($0.blocking)) blocked by \($0.longTasks.count) tasks of more than 50 ms" })

    static let console = PageRule(
        "pages.console-errors", "Pages load without an error", severity: .minor, flaw: "console-error",
        rationale: "What fails in the console is a feature that somebody misses without a message.",
        remediation: "Open the page with the console; mend each error, and report those of people's browsers.",
        judge: { loaded($0, Array(Set($0.consoleErrors)).sorted()) }, good: { _ in "no error on the console" },
        unclear: { page in
            // What misses its library throws, and here libraries of other hosts are never fetched.
            guard !page.consoleErrors.isEmpty, !page.foreignScripts.isEmpty else { return nil }
            let hosts = page.foreignScripts.sorted().prefix(3).joined(separator: ", ")
            return "it has errors, but its scripts from \(hosts) aren't fetched here"
        })

    static let mixed = PageRule(
        "pages.mixed-content", "Pages over https fetch nothing over http", severity: .major, flaw: "mixed-content",
        rationale: "What comes over http can be read and replaced on the way; browsers block it or warn.",
        remediation: "Write addresses without a scheme of their own or with https; add `upgrade-insecure-requests`.",
        judge: { page in loaded(page, Array(Set(page.insecure)).sorted().map { "it refers to \($0)" }) },
        good: { "\($0.requests) requests, none over http" },
        beside: { $0.isHTTPS ? nil : "it is served over plain http itself" })

    static let narrow = PageRule(
        "pages.narrow-screen", "Pages fit a screen of 390 pixels", severity: .minor, flaw: "wide-page",
        rationale: "Half of all people look through a telephone; what sticks out to the right isn't found.",
        remediation:
            "`<meta name=viewport>`, `max-width: 100%` on pictures, and a wrapper that scrolls around wide tables.",
        judge: { page in
            guard page.hasNarrow else { return nil }
            guard let (pixels, element) = page.overflow else { return [] }
            return ["\(pixels) pixels stick out\(element.isEmpty ? "" : ", such as \(element)")"]
        }, good: { _ in "nothing sticks out at 390 pixels" })

    static let accessible = PageRule(
        "pages.accessibility", "Pages can be used without seeing them", severity: .major, flaw: "missing-labels",
        rationale:
            "A screen reader says “button, button, edit text” where names are missing; in many places that is against the law.",
        remediation:
            "A `label` for each field, `alt` for each picture (empty for decoration), `lang` and a title; then what axe finds.",
        judge: { page in
            var counts: [String: Int] = [:]
            for one in page.unnamed { counts[one, default: 0] += 1 }
            let own = counts.sorted { $0.key < $1.key }.map { $0.value > 1 ? "\($0.key), \($0.value) times" : $0.key }
            return loaded(page, own + (page.violations ?? []).map { "axe: \($0)" })
        },
        good: { page in
            page.violations == nil
                ? "every control and picture has a name; axe-core isn't installed (\(AxeScript.remedy)), so no more was looked at"
                : "every control and picture has a name, and axe finds nothing"
        })
}
