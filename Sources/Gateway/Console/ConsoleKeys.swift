import Console
import Identity
import Kernel
import Operations

/// The ring of keys: what signs and seals, how old it is, and how another takes its place. Never a key.
enum ConsoleKeys {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/keys", "The ring of keys, never a key.", page),
        ConsoleRoutes.act(
            "/console/keys/rotate", "Makes a new key of a purpose: purpose, urgent.", access: .administrator,
            fresh: true, budget: 32, rotate),
    ]

    @Sendable private static func page(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let desk = exchange.desk
        guard let ring = desk.services.trail?.ring else {
            return ConsolePage(
                "Keys", current: "/console/keys",
                [.empty("There is no ring of keys: secret-key isn’t given.", command: "openssl rand -base64 48")])
        }
        let inventory = try await ring.inventory(configured: desk.configuration.configuredSecrets)
        var blocks: [ConsoleBlock] = [
            inventory.keys.isEmpty
                ? .empty("No key was needed yet.", command: nil) : .table(table(inventory.keys, desk))
        ]
        blocks += [
            .heading("Rotation"),
            .text(
                "The new key signs as soon as every replica knows it; what the one before signed stays valid until it "
                    + "ends, and what it sealed is sealed anew by the worker."),
        ]
        blocks.append(
            exchange.caller?.isAdministrator == true
                ? .form(form(inventory.keys)) : .text("It takes an administrator."))
        if !inventory.configured.isEmpty {
            blocks += [.heading("Secrets of the configuration"), .table(table(inventory.configured, desk.now))]
        }
        return ConsolePage(
            "Keys", lead: "What signs and seals here. Never a key itself.", current: "/console/keys", blocks)
    }

    private static func table(_ keys: [SecretInventory.Key], _ desk: ConsoleDesk) -> ConsoleTable {
        let tokens = desk.configuration.identity.tokens
        return ConsoleTable(
            "Keys", columns: ["Key", "For", "State", "Made", "Until"],
            rows: keys.map { key in
                let kid = key.purpose == .accessToken ? "kid \(tokens.keyID(of: key.id.rawValue))" : ""
                return [
                    .code(key.id.rawValue, hint: kid),
                    ConsoleCell(key.purpose.rawValue, hint: use(of: key.purpose, tokens)),
                    .badge("\(key.state)", tone(key.state)),
                    ConsoleCell(
                        "\(ConsoleText.age(key.createdAt, at: desk.now)) ago", hint: ConsoleText.time(key.createdAt)),
                    until(key),
                ]
            })
    }

    private static func tone(_ state: RingKey.State) -> ConsoleTone {
        switch state {
        case .active: .good
        case .pending, .overlapping: .warn
        case .expired, .destroyed: .plain
        }
    }

    private static func until(_ key: SecretInventory.Key) -> ConsoleCell {
        switch (key.state, key.until.map(ConsoleText.time)) {
        case (.pending, .some(let time)): ConsoleCell(time, hint: "signs from then on")
        case (.overlapping, .some(let time)): ConsoleCell(time, hint: "verifies until then")
        case (.overlapping, nil): ConsoleCell("no use is left")
        case (.destroyed, .some(let time)): ConsoleCell(time, hint: "destroyed")
        case (_, let time): ConsoleCell(time ?? "–")
        }
    }

    /// What keys of a purpose do, and with which algorithm.
    private static func use(of purpose: KeyPurpose, _ tokens: TokenSettings) -> String {
        switch purpose {
        case .session: "seals cookies, AES-GCM"
        case .token: "signs what the app learns of its caller, EdDSA"
        case .accessToken: "signs access tokens, \(tokens.algorithm.rawValue)"
        case .csrf: "binds forms to a session, HMAC-SHA-256"
        case .atRest: "encrypts columns, AES-GCM"
        case .blindIndex: "looks up what is encrypted, HMAC-SHA-256"
        case .passwordPepper: "goes into password hashes, HMAC-SHA-384"
        default: ""
        }
    }

    private static func form(_ keys: [SecretInventory.Key]) -> ConsoleForm {
        let known = Set(keys.map(\.purpose.rawValue))
        let purposes = KeyPurpose.standard.map(\.rawValue).filter { known.isEmpty || known.contains($0) }
        return ConsoleForm(
            "/console/keys/rotate", "Rotate", .primary,
            [
                ConsoleField(
                    "purpose", "For", .select, value: purposes.first ?? "",
                    choices: ConsoleField.choices(purposes, hasAny: false)),
                ConsoleField(
                    "urgent", "Why", .select, value: "no",
                    choices: [
                        ("no", "It is time: the old key verifies until what it made has ended"),
                        ("yes", "A stranger knows it: refuse at once what it signed"),
                    ]), .hidden("back", "/console/keys"),
            ])
    }

    private static func table(_ secrets: [ConfiguredSecret], _ now: Timestamp) -> ConsoleTable {
        ConsoleTable(
            "Secrets", columns: ["Name", "From", "Worth", "Age"],
            rows: secrets.map { secret in
                [
                    .code(secret.name), ConsoleCell(secret.origin),
                    .badge(secret.judgement.summary, secret.judgement.isStrong ? .good : .bad),
                    ConsoleCell(secret.modifiedAt.map { ConsoleText.age($0, at: now) } ?? "unknown"),
                ]
            })
    }

    @Sendable private static func rotate(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard let caller = exchange.caller, let ring = exchange.desk.services.trail?.ring else {
            throw ConsoleFailure("That was not done.", "There is no ring of keys: secret-key isn’t given.")
        }
        let purpose = KeyPurpose(rawValue: try exchange.field("purpose", longest: 40))
        guard KeyPurpose.standard.contains(purpose) else {
            let names = KeyPurpose.standard.map(\.rawValue).joined(separator: ", ")
            throw ConsoleFailure("Something in the form isn’t valid.", "purpose: one of \(names) is wanted")
        }
        let urgent = exchange.fields["urgent"] ?? "no"
        guard ["no", "yes"].contains(urgent) else {
            throw ConsoleFailure("Something in the form isn’t valid.", "urgent: yes or no is wanted")
        }
        do {
            let rotation = try await ring.rotate(purpose, urgent: urgent == "yes", actor: caller.actor)
            return .done("/console/keys", rotation.isNew ? "rotated" : "rotation-settled")
        } catch let error as KeyRingError {
            throw ConsoleFailure("That was not done.", error.detail)
        }
    }
}
