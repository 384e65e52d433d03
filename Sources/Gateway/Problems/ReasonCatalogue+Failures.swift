/// What failed: the app, the way to it, or ourselves.
extension ReasonCatalogue {
    private static let recorded = "The app's error is in its own log, and the request's id in both."

    static let errors: [Reason] = [
        Reason(
            "errors.app-leak", .appsStatus, "The app's error showed its inside.",
            "A stack trace, SQL or a path of the server stood in it; the client got a plain document instead.",
            client: "Tell the app's people the request's id.", owner: recorded + " Mend the app's error page.",
            key: "protection.error-scrubbing.mode"),
        Reason(
            "errors.app-shape", .appsStatus, "The app's error had no shape.",
            "The app answered with an error and hardly a word; the client got a problem document instead.",
            client: "Go by the status.", owner: recorded, key: "protection.error-scrubbing.shape"),
        Reason(
            "errors.app-unreadable", .appsStatus, "The app's error could not be looked at.",
            "It was compressed in a way that this gateway can't read, and an error that can't be read isn't shown.",
            client: "Tell the app's people the request's id.", owner: recorded + " Leave compression to the gateway.",
            key: "protection.error-scrubbing.mode"),
    ]

    static let upstream: [Reason] = [
        Reason(
            "upstream.refused", .refusal([502]), "The app behind this gateway could not be reached.",
            "Nothing accepts connections where the app should be.", client: "Try again in a moment.",
            owner: "Start the app; look at the address and the log's cause.", key: "upstream"),
        Reason(
            "upstream.connect-timeout", .refusal([504]), "The app behind this gateway could not be reached in time.",
            "Its machine doesn't answer, or its queue of connections is full.", client: "Try again in a moment.",
            owner: "Look at the app's load and the network.", key: "limits.upstream.connect"),
        Reason(
            "upstream.head-timeout", .refusal([504]), "The app behind this gateway did not answer in time.",
            "It took the request and said nothing.", client: "Don't repeat what may have been done: look first.",
            owner: "Find what the app waits for; answer long work with 202.", key: "limits.upstream.head"),
        Reason(
            "upstream.idle-timeout", .refusal([504]), "The app behind this gateway stopped in the middle.",
            "Nothing came of the response, or nothing was taken of the request, for too long.",
            client: "Try again.", owner: "Send something now and then in long responses.", key: "limits.upstream.idle"),
        Reason(
            "upstream.total-timeout", .refusal([504]), "The exchange with the app took too long.",
            "It was under way for longer than any exchange may be.", client: "Ask for less at once.",
            owner: "Raise the limit.", key: "limits.upstream.total"),
        Reason(
            "upstream.bad-response", .refusal([502]), "The app behind this gateway sent no valid response.",
            "What came wasn't HTTP, or can be read in two ways.", client: "Tell the app's people the request's id.",
            owner: "The log's cause says what was wrong with it."),
        Reason(
            "upstream.closed-early", .refusal([502]), "The app behind this gateway broke off its response.",
            "It closed the connection before it had answered.",
            client: "Don't repeat what may have been done: look first.",
            owner: "Look for a crash or a restart in the app's log."),
        Reason(
            "upstream.busy", .refusal([503]), "The app behind this gateway has too much to do.",
            "Every connection to it is taken.", client: "Wait as long as Retry-After says.",
            owner: "Make the app faster, or allow more connections.", key: "limits.upstream.connections"),
        Reason(
            "upstream.unwanted-upgrade", .refusal([502]), "The app behind this gateway sent no valid response.",
            "It switched protocols though nobody had asked it to.", client: "Tell the app's people the request's id.",
            owner: "Answer 101 only to a request with Upgrade."),
        Reason(
            "upstream.request-length", .refusal([400]), "The request's body is not as long as its head says.",
            "A body that is shorter or longer than declared is never passed on as whole.",
            client: "Send as many bytes as Content-Length says."),
        Reason(
            "upstream.unsafe-head", .refusal([400]), "The request can't be forwarded unaltered.",
            "Written to the app it could be read as another request: the last look before it goes out.",
            client: "Send a plain request."),
        Reason(
            "upstream.misuse", .refusal([500]), "Something went wrong.", "A fault of the gateway's own.",
            client: "Try again later.", owner: "Report it, with the log's line of this request."),
        Reason(
            "upstream.wrong-length", .noted, "The app's response wasn't as long as it had said.",
            "The response was cut off, because the next one on this connection stands behind it.",
            client: "Ask again.", owner: "Let the app's framework count Content-Length."),
    ]

    static let gateway: [Reason] = [
        Reason(
            "body.too-large-to-inspect", .refusal([413]), "The request's body is too large.",
            "A control had to see all of it and can't see so much.", client: "Send less at once."),
        Reason(
            "body.spool-failed", .refusal([503]), "The request can't be inspected just now.",
            "Its body could not be kept while it was looked at.", client: "Try again in a moment.",
            owner: "Make room in the folder for temporary files (TMPDIR)."),
        Reason(
            "gateway.stage-failed", .refusal([500]), "The request could not be decided.",
            "A check threw an error: a fault of the gateway's.", client: "Try again later.",
            owner: "Report it, with the log's line of this request."),
        Reason(
            "gateway.stage-late", .refusal([503]), "The request could not be decided in time.",
            "What a check asked for didn't come.", client: "Wait as long as Retry-After says.",
            owner: "The log's cause names the check."),
        Reason(
            "gateway.no-permit", .refusal([500]), "The request could not be decided.",
            "No stage permitted it, and nothing is forwarded without: a fault of the gateway's.",
            client: "Try again later.", owner: "Report it, with the log's line of this request."),
        Reason(
            "own.not-found", .refusal([404]), "There is no such page here.",
            "The path lies under the prefix of the gateway's own pages, and there is none of that name.",
            client: "Look at the address.", owner: "If the app has pages there, move ours.", key: "own-prefix"),
        Reason(
            "own.method", .refusal([405]), "This page does not take that method.",
            "It is one of the gateway's own; `Allow` says what it takes.", client: "Use one that `Allow` names."),
        Reason(
            "own.bad-request", .refusal([400]), "The request was not understood.",
            "One of the gateway's own pages could not read it.", client: "Look at what it takes."),
        Reason(
            "own.failed", .refusal([500]), "This page failed.", "A fault of the gateway's own.",
            client: "Try again later.", owner: "Report it, with the log's line of this request."),
        Reason(
            "database.unavailable", .refusal([503]), "The database can't be reached just now.",
            "The gateway's own, not the app's. Whether a change under way happened may be unknown.",
            client: "Wait as long as Retry-After says; look before repeating a change.",
            owner: "Look at the database; it heals by itself.", key: "database"),
        Reason(
            "database.busy", .refusal([503]), "The database took too long.",
            "A statement or a row's lock took longer than its limit; nothing was changed.",
            client: "Wait as long as Retry-After says.", owner: "The metrics name what is slow.",
            key: "database.statement-timeout"),
        Reason(
            "database.not-writable", .refusal([503]), "Nothing can be stored just now.",
            "No space is left, or the database may only be read.", client: "Try again later.",
            owner: "Make room, or make it writable.", key: "database"),
        Reason(
            "database.failure", .refusal([500]), "Something went wrong on our side.",
            "A fault of the gateway's own.", client: "Try again later.",
            owner: "Report it, with the log's line of this request."),
    ]
}
