/// What the start page has beside its content when a flaw of pages is on, and the files that this fetches.
enum PageFlaws {
    private static let scripts: [(flaw: Flaw, file: String, text: String)] = [
        // Numbers that can't be packed away: eight bytes each.
        (
            .heavyPage, "heavy.js",
            "window.kept=[];for(let i=0;i<100;i++){const a=[];for(let j=0;j<131072;j++)a.push(i+j/7);window.kept.push(a)}"
        ),
        (
            .longTask, "busy.js",
            "const end=performance.now()+1200;while(performance.now()<end){}"
        ),
        // What the address says behind its `#` becomes markup.
        (
            .fragmentAsMarkup, "fragment.js",
            "const said=document.createElement('p');said.innerHTML=decodeURIComponent(location.hash.slice(1));"
                + "document.body.append(said)"
        ),
        // `performance.memory` is there in Chromium alone.
        (
            .chromiumOnlyScript, "memory.js",
            "window.megabytes=Math.round(performance.memory.usedJSHeapSize/1048576)"
        ),
        (.consoleError, "broken.js", "throw new Error('the chart library is missing')"),
    ]

    /// Markup for the end of the start page; empty for the sound desk.
    static func markup(_ flaws: FlawSelection) -> String {
        var parts = scripts.filter { flaws.contains($0.flaw) }.map { "<script src=\"/static/\($0.file)\"></script>" }
        if flaws.contains(.slowPage) {
            parts.append("<img src=\"/static/slow.svg\" alt=\"\" width=\"8\" height=\"8\">")
        }
        if flaws.contains(.mixedContent) {
            parts.append("<img src=\"http://pictures.example/desk.png\" alt=\"\" width=\"8\" height=\"8\">")
        }
        if flaws.contains(.widePage) {
            parts.append("<canvas width=\"900\" height=\"1\" aria-hidden=\"true\"></canvas>")
        }
        if flaws.contains(.missingLabels) {
            parts.append(
                "<p><input type=\"text\" name=\"code\"><img src=\"/static/mark.svg?\" width=\"8\" height=\"8\"></p>")
        }
        return parts.joined(separator: "\n")
    }

    /// A file that only a flaw has.
    static func file(_ name: String, _ flaws: FlawSelection) async throws -> (type: String, text: String)? {
        if name == "slow.svg", flaws.contains(.slowPage) {
            try await Task.sleep(for: .seconds(3))
            return StaticFiles.all["mark.svg"]
        }
        guard let script = scripts.first(where: { $0.file == name && flaws.contains($0.flaw) }) else { return nil }
        return ("text/javascript; charset=utf-8", script.text)
    }

    static func hasScript(_ flaws: FlawSelection) -> Bool { scripts.contains { flaws.contains($0.flaw) } }
}
