import Foundation
import Glibc

/// A headless Firefox of our own that speaks WebDriver BiDi.
///
/// Unlike Chromium it can only be spoken to over a port, on loopback and for as long as it runs: it takes no connection that a
/// page makes (those name their origin), and another user of this machine could connect. It has a profile of its own that is gone with
/// it, reaches no host but the target's, and is ended with all of its children.
final class FirefoxProcess: BrowserLink {
    let group: BrowserGroup
    var messages: AsyncStream<[UInt8]> { socket.messages }
    private let socket: WebDriverSocket

    private static let startingTime = Duration.seconds(30)

    private init(group: BrowserGroup, socket: WebDriverSocket) {
        self.group = group
        self.socket = socket
    }

    /// - Parameters:
    ///   - host: the only one that it may reach; with a port, the only port of it.
    ///   - environment: of which it gets what it needs to find its files.
    static func start(
        _ executable: String, host: String, environment: [String: String]
    ) async throws -> FirefoxProcess {
        let profile = try BrowserGroup.makeProfile()
        guard
            (try? Data(FirefoxPreferences.text(host: host).utf8).write(to: profile.appending(path: "user.js"))) != nil,
            let pid = spawn(executable, profile: profile.path, environment)
        else {
            try? FileManager.default.removeItem(at: profile)
            throw BrowserStartFailure(description: "\(executable) can't be started")
        }
        let group = BrowserGroup(pid: pid, profile: profile)
        do {
            let port = try await port(of: group)
            return FirefoxProcess(group: group, socket: try await WebDriverSocket.connect(port: port))
        } catch {
            await Task.detached { group.end() }.value
            throw error
        }
    }

    private static func spawn(_ path: String, profile: String, _ environment: [String: String]) -> pid_t? {
        let words = [
            path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "about:blank",
        ]
        let kept = ["PATH", "LANG", "TMPDIR"].compactMap { name in environment[name].map { "\(name)=\($0)" } }
        // What it would keep below somebody's home goes with the profile.
        let own = ["HOME=\(profile)", "MOZ_CRASHREPORTER_DISABLE=1", "MOZ_HEADLESS=1"]
        return ProcessGroup.start(path, words, kept + own) { actions in
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        }
    }

    /// The port that it has chosen, which it writes into its profile.
    private static func port(of group: BrowserGroup) async throws -> Int {
        let file = group.profile.appending(path: "WebDriverBiDiServer.json")
        let end = ContinuousClock.now + startingTime
        while ContinuousClock.now < end {
            // It may be half written: then there is no port in it yet.
            if let data = FileManager.default.contents(atPath: file.path),
                case .integer(let port)? = JSONValue(bytes: Array(data))?.at("/ws_port"), (1...65_535).contains(port)
            {
                return Int(port)
            }
            guard group.isAlive else { throw BrowserStartFailure(description: "it ended at once") }
            try await Task.sleep(for: .milliseconds(50), clock: .continuous)
        }
        throw BrowserStartFailure(description: "it didn't say its port within 30 s")
    }

    func send(_ message: [UInt8]) { socket.send(message) }

    func stop() {
        socket.close()
        group.end()
    }
}

/// What a Firefox of ours is told before it starts: to ask nobody for anything of its own, and to reach one host alone.
enum FirefoxPreferences {
    /// The text of `user.js`.
    static func text(host: String) -> String {
        let all =
            fixed + [
                // Everything else goes to a proxy that isn't there: what a page fetches from elsewhere is never sent.
                ("network.proxy.no_proxies_on", .string(host))
            ]
        return all.map { name, value in "user_pref(\(JSONValue.string(name).compact), \(value.compact));\n" }.joined()
    }

    private static let nowhere = JSONValue.string("127.0.0.1")

    private static let fixed: [(String, JSONValue)] = [
        ("network.proxy.type", .integer(1)),
        ("network.proxy.http", nowhere), ("network.proxy.http_port", .integer(1)),
        ("network.proxy.ssl", nowhere), ("network.proxy.ssl_port", .integer(1)),
        ("network.proxy.socks", nowhere), ("network.proxy.socks_port", .integer(1)),
        ("network.proxy.socks_remote_dns", .bool(true)), ("network.proxy.failover_direct", .bool(false)),
        ("network.proxy.allow_hijacking_localhost", .bool(true)),
        ("network.captive-portal-service.enabled", .bool(false)),
        ("network.connectivity-service.enabled", .bool(false)), ("network.trr.mode", .integer(5)),
        ("media.peerconnection.enabled", .bool(false)), ("dom.push.connection.enabled", .bool(false)),
        ("app.update.enabled", .bool(false)), ("app.normandy.enabled", .bool(false)),
        ("services.settings.server", .string("data:,#remote-settings-dummy/v1")),
        ("browser.region.network.url", .string("")), ("media.gmp-manager.updateEnabled", .bool(false)),
        ("browser.safebrowsing.downloads.remote.enabled", .bool(false)),
        ("extensions.getAddons.cache.enabled", .bool(false)), ("toolkit.telemetry.enabled", .bool(false)),
        ("datareporting.policy.dataSubmissionEnabled", .bool(false)),
        ("datareporting.healthreport.uploadEnabled", .bool(false)), ("termsofuse.bypassNotification", .bool(true)),
        ("browser.shell.checkDefaultBrowser", .bool(false)), ("browser.startup.page", .integer(0)),
        ("browser.startup.homepage", .string("about:blank")), ("browser.newtabpage.enabled", .bool(false)),
        // One page at a time is looked at.
        ("dom.ipc.processCount", .integer(1)), ("dom.ipc.processPrelaunch.enabled", .bool(false)),
        ("fission.autostart", .bool(false)), ("dom.popup_maximum", .integer(3)),
    ]
}
