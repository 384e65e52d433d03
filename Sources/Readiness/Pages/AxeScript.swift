import Foundation

/// The script of axe-core (MPL-2.0, Deque), where somebody has installed it; it is not part of this program.
enum AxeScript {
    static let remedy = "`pip install axe-core-python`, or SEAWORTHY_AXE=/path/to/axe.min.js"

    static func find(_ environment: [String: String]) -> String? {
        for path in places(environment) {
            guard let data = FileManager.default.contents(atPath: path), data.count < 8_388_608 else { continue }
            let text = String(decoding: data, as: UTF8.self)
            if text.contains("axe.run") || text.contains("axeCore") || text.contains("axe.version") { return text }
        }
        return nil
    }

    private static func places(_ environment: [String: String]) -> [String] {
        if let given = environment["SEAWORTHY_AXE"], !given.isEmpty { return [given] }
        var found = [
            "node_modules/axe-core/axe.min.js", "/usr/share/javascript/axe-core/axe.min.js",
            "/usr/share/nodejs/axe-core/axe.min.js",
        ]
        let homes = ["/usr/lib", "/usr/local/lib", "\(environment["HOME"] ?? "/nowhere")/.local/lib"]
        let packages = ["axe_core_python", "axe_selenium_python", "axe_playwright_python"]
        for home in homes {
            let versions = ((try? FileManager.default.contentsOfDirectory(atPath: home)) ?? []).filter {
                $0.hasPrefix("python3")
            }
            for version in versions.sorted() {
                for folder in ["dist-packages", "site-packages"] {
                    for package in packages {
                        found += ["axe.min.js", "axe.js", "node_modules/axe-core/axe.min.js"].map {
                            "\(home)/\(version)/\(folder)/\(package)/\($0)"
                        }
                    }
                }
            }
        }
        return found
    }
}
