import Foundation
import Gateway
import Kernel
import Readiness
import Synchronization

/// A gateway that stands in for the real one, with one control off, for as long as it is looked at.
struct Shadow {
    let gateway: RunningGateway
    let plain: SiteURL
    let tls: SiteURL
    let operatorDoor: SiteURL
    private let log: ShadowLog
    /// Where its accounts are kept; gone with it.
    private var folder: URL?

    /// - Parameters:
    ///   - keepsAccounts: whether it needs a place for accounts and sessions, as the file's gateway does.
    ///   - people: accounts that it has: address and password.
    static func start(
        _ plan: ShadowPlan, keepsAccounts: Bool = false, people: [(email: String, password: Secret)] = []
    ) async throws -> Shadow {
        guard keepsAccounts || !people.isEmpty else { return try await start(plan) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "seaworthy-shadow-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var plan = plan
        plan.accounts = folder.appending(path: "shadow.db").path
        plan.endsSessionsSoon = !people.isEmpty
        do {
            var shadow = try await start(plan)
            shadow.folder = folder
            do {
                for person in people { try await shadow.gateway.addAccount(person.email, password: person.password) }
            } catch {
                await shadow.stop()
                throw error
            }
            return shadow
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    private static func start(_ plan: ShadowPlan) async throws -> Shadow {
        let log = ShadowLog()
        let gateway = try await RunningGateway.start(try GatewayConfiguration.shadow(plan)) { log.take($0) }
        func site(_ door: OpenDoor?) -> SiteURL? { door.flatMap { SiteURL($0.url) } }
        guard let plain = site(gateway.doors.first { $0.isPublic && !$0.isTLS }),
            let tls = site(gateway.doors.first { $0.isPublic && $0.isTLS }),
            let operatorDoor = site(gateway.doors.first { !$0.isPublic })
        else {
            await gateway.stop()
            throw ExitStatus.failure(ExitStatus.unavailable, "no free port on this machine")
        }
        return Shadow(gateway: gateway, plain: plain, tls: tls, operatorDoor: operatorDoor, log: log)
    }

    private var client: PlainClient {
        PlainClient(address: .tcp(host: plain.host, port: plain.port), authority: plain.authority)
    }

    /// Whether the inside shows what a control does; asks the shadow once where that takes a request.
    func shows(_ sign: InsideWitness.Sign) async -> Bool {
        let client = client
        let claimed = "203.0.113.9"
        let isRefused = sign == .upgradeWithoutOriginIsRefused || sign == .refusalIsTold
        let fields = isRefused ? Shadow.upgrade : [("X-Forwarded-For", claimed)]
        await Task.detached { _ = try? client.ask("GET", "/", fields) }.value
        // An answer can be here before its exchange has ended and its line is written.
        for _ in 0..<20 {
            gateway.flushLog()
            if isShown(sign, claimed) { break }
            try? await Task.sleep(for: .milliseconds(25), clock: .continuous)
        }
        return isShown(sign, claimed)
    }

    /// What its start page answers to somebody who came over HTTPS; nil where it doesn't. It must trust this machine.
    func startStatus() async -> Int? {
        let client = client
        return await Task.detached { try? client.ask("GET", "/", [("X-Forwarded-Proto", "https")])?.status }.value
    }

    private func isShown(_ sign: InsideWitness.Sign, _ claimed: String) -> Bool {
        switch sign {
        case .exchangeIsLogged: log.lines > 0
        case .forwardedClientIsLogged: log.contains("\"client\":\"\(claimed)\"")
        case .upgradeWithoutOriginIsRefused: log.contains("websocket.no-origin")
        case .refusalIsTold: gateway.keepsRefusals
        }
    }

    /// An upgrade as no browser sends it: a cookie, and nothing that says whose page asks. Behind a hop that spoke HTTPS, so
    /// that it isn't led there first.
    private static let upgrade = [
        ("X-Forwarded-Proto", "https"), ("Cookie", "session=1"), ("Connection", "Upgrade"), ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "c2Vhd29ydGh5IHByb3ZlIQ=="),
    ]

    func stop() async {
        await gateway.drain(within: .milliseconds(200))
        await gateway.stop()
        if let folder { try? FileManager.default.removeItem(at: folder) }
    }
}

/// The access log of a shadow: how many lines, and the last of them.
private final class ShadowLog: Sendable {
    private struct Kept {
        var lines = 0
        var tail: [UInt8] = []
    }
    private let kept = Mutex(Kept())

    func take(_ bytes: [UInt8]) {
        kept.withLock {
            $0.lines += bytes.count { $0 == 0x0A }
            $0.tail = ($0.tail + bytes).suffix(65_536)
        }
    }

    var lines: Int { kept.withLock { $0.lines } }

    func contains(_ text: String) -> Bool {
        kept.withLock { String(decoding: $0.tail, as: UTF8.self).contains(text) }
    }
}
