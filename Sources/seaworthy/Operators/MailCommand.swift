import ArgumentParser
import Foundation
import Gateway
import Kernel

struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "See the outbox, try the mail server, and keep addresses from getting mail.",
        discussion: """
            Without smtp.address mails are held in the outbox, where `mail show` prints them; of mails that are sent \
            nobody can read the words here. Each act is a row of the audit trail.
            """,
        subcommands: [
            MailListCommand.self, MailShowCommand.self, MailSuppressCommand.self, MailUnsuppressCommand.self,
            MailReleaseCommand.self, MailTestCommand.self, MailPreviewCommand.self,
        ])

    /// Keys that decide about mail.
    static let areas = ["email", "smtp", "secret-key", "public-url"]
}

/// An address on the command line.
struct AddressArgument: ParsableArguments {
    @Argument(help: "The address.")
    var address: String

    var mail: MailAddress {
        get throws {
            do {
                return try MailAddress(address)
            } catch {
                throw ValidationError("“\(address.prefix(80))” is no address that mail goes to: \(error.rawValue)")
            }
        }
    }

    func validate() throws { _ = try mail }
}

struct MailListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List mails, the latest first: recipients by pseudonym, never by address.")

    @Option(
        help: ArgumentHelp("Only those: \(OperatorDesk.mailStates.joined(separator: ", ")).", valueName: "state"),
        completion: .list(OperatorDesk.mailStates))
    var state: String?

    @OptionGroup var page: PageOptions
    @OptionGroup var desk: DeskOptions

    func validate() throws { try PageOptions.check(state, among: OperatorDesk.mailStates) }

    func run() async throws {
        try await desk.show(MailCommand.areas) { desk in
            try await desk.mails(state: state, before: page.before, limit: page.limit)
        } as: {
            MailText.list($0, isWhole: page.isLast($0.count))
        }
    }
}

struct MailShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one mail; its words only while it is held.")

    @Argument(help: "The mail's id.")
    var id: String

    @Flag(help: "Print the HTML part alone, for a browser.")
    var html = false

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.withDesk(MailCommand.areas) { desk in
            let mail = try await desk.mail(id)
            guard html else { return try format.show(mail, MailText.sheet(mail)) }
            guard let words = mail.words else {
                throw ExitStatus.failure(
                    ExitCode(1), "mail \(id) is \(mail.state): only the words of held mails can be read")
            }
            StandardStreams.out(words.html)
        }
    }
}

struct MailSuppressCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suppress", abstract: "Keep an address from getting mail.",
        discussion: "After a complaint what is essential is still sent, such as a password reset; else nothing is.")

    @OptionGroup var address: AddressArgument

    @Option(
        help: ArgumentHelp(
            "Why: \(OperatorDesk.suppressionCauses.joined(separator: ", ")).", valueName: "cause"),
        completion: .list(OperatorDesk.suppressionCauses))
    var cause = "manual"

    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard OperatorDesk.suppressionCauses.contains(cause) else {
            throw ValidationError("--cause wants one of \(OperatorDesk.suppressionCauses.joined(separator: ", "))")
        }
    }

    func run() async throws {
        try await options.withDesk(MailCommand.areas) { desk in
            let stands = try await desk.suppress(try address.mail, cause: cause)
            StandardStreams.out("Gets no mail: \(address.address) (\(stands))\n")
        }
    }
}

struct MailUnsuppressCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unsuppress", abstract: "Let an address get mail again.")

    @OptionGroup var address: AddressArgument
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.withDesk(MailCommand.areas) { desk in
            guard try await desk.unsuppress(try address.mail) else {
                throw ExitStatus.failure(ExitCode(1), "\(address.address) isn't on the suppression list")
            }
            StandardStreams.out("Gets mail again: \(address.address)\n")
        }
    }
}

struct MailReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Send what was held while no server was configured, where it is still of use."
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.withDesk(MailCommand.areas) { desk in
            StandardStreams.out("Let go: \(try await desk.releaseMails()) mails\n")
        }
    }
}

struct MailTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send a test mail through outbox, worker and server, and wait for its end.",
        discussion: """
            Exit 0 when the server took it, 1 when it was refused, given up or held, 75 when it still waits: the reason \
            is printed.
            """)

    @OptionGroup var address: AddressArgument

    @Option(help: ArgumentHelp("How many seconds to wait for its end.", valueName: "s"))
    var wait = 30.0

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard wait >= 0, wait <= 3600 else { throw ValidationError("--wait wants 0 to 3600 seconds") }
    }

    func run() async throws {
        try await options.withDesk(MailCommand.areas) { desk in
            var mail = try await desk.sendTestMail(to: try address.mail)
            let deadline = ContinuousClock.now.advanced(by: .seconds(wait))
            while ["queued", "sending"].contains(mail.state), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(100))
                mail = try await desk.mail(mail.id)
            }
            try format.show(mail, MailText.outcome(mail, to: address.address))
            switch mail.state {
            case "sent": return
            case "queued", "sending": throw ExitStatus.temporaryFailure
            default: throw ExitCode(1)
            }
        }
    }
}

struct MailPreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Print a mail with sample values, as the configuration has it look.")

    @Argument(help: "The template, such as password-reset.")
    var template: String

    @Option(help: ArgumentHelp("In which language.", valueName: "tag"))
    var language = "en"

    @Flag(help: "Print the HTML part alone, for a browser.")
    var html = false

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.withDesk(MailCommand.areas) { desk in
            let words = try desk.preview(template, language: language)
            StandardStreams.out(html ? words.html : MailText.words(words))
        }
    }
}
