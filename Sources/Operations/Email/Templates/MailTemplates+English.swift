import Kernel

// The mails that come with the product, in English. Sentences are short and say what happens if one does nothing.
extension MailTemplates {
    static let builtIn: [MailTemplate] = [
        verification, passwordReset, newSignIn, lockoutUnlock, invitation, projectInvitation, quotaWarning,
        backupFailed, breachNotice, auditAnchor, test, accountChanged, accountDeleted,
    ]

    private static let verification = MailTemplate(
        .verification, fields: ["name": .name, "link": .link, "span": .duration], optional: ["name"],
        isEssential: true, excess: .refuse, usefulFor: .seconds(86_400),
        texts: [
            "en": MailText(
                subject: "Confirm your address for {{product}}",
                preview: "One click, and your account is ready. The link works for {{span}}.",
                heading: "Confirm your address",
                paragraphs: [
                    "Somebody, hopefully you, signed up for {{product}} with this address. Please confirm that it is yours."
                ],
                button: .init("Confirm address", link: "link"),
                notes: [
                    "The link works once, for {{span}}.",
                    "If you did not sign up, do nothing: no account is opened without the click.",
                ])
        ])

    private static let passwordReset = MailTemplate(
        .passwordReset, fields: ["name": .name, "link": .link, "span": .duration], optional: ["name"],
        isEssential: true, excess: .refuse, usefulFor: .seconds(3600),
        texts: [
            "en": MailText(
                subject: "Choose a new password for {{product}}",
                preview: "You asked for a new password. The link works for {{span}}.",
                heading: "Choose a new password",
                paragraphs: ["A new password was asked for, for your account at {{product}}."],
                button: .init("Choose a new password", link: "link"),
                notes: [
                    "The link works once, for {{span}}. Nobody from {{product}} will ever ask you for it.",
                    "If you did not ask for it, do nothing: your password stays as it is.",
                ])
        ])

    private static let newSignIn = MailTemplate(
        .newSignIn,
        fields: ["name": .name, "device": .text, "place": .text, "time": .time, "link": .link], optional: ["name"],
        isEssential: true, excess: .delay, usefulFor: .seconds(2 * 86_400),
        texts: [
            "en": MailText(
                subject: "New sign-in to your {{product}} account",
                preview: "{{device}}, {{time}}. If this was not you, act now.",
                heading: "New sign-in",
                paragraphs: ["Your account was used from a device that we had not seen before."],
                facts: [.init("Device", "{{device}}"), .init("Address", "{{place}}"), .init("Time", "{{time}}")],
                button: .init("Review my sessions", link: "link"),
                notes: [
                    "If this was you, there is nothing to do.",
                    "If not: end that session with the button above, and change your password.",
                ])
        ])

    private static let accountChanged = MailTemplate(
        .accountChanged,
        fields: ["name": .name, "what": .text, "device": .text, "place": .text, "time": .time, "link": .link],
        optional: ["name"], isEssential: true, excess: .delay, usefulFor: .seconds(2 * 86_400),
        texts: [
            "en": MailText(
                subject: "The security of your {{product}} account",
                preview: "{{what}} If this was not you, act now.",
                heading: "About your account",
                paragraphs: ["{{what}}"],
                facts: [.init("Device", "{{device}}"), .init("Address", "{{place}}"), .init("Time", "{{time}}")],
                button: .init("Choose a new password", link: "link"),
                notes: [
                    "If this was you, there is nothing to do.",
                    "If not: choose a new password with the button above, which ends every session, and tell whoever runs {{product}}.",
                ])
        ])

    private static let accountDeleted = MailTemplate(
        .accountDeleted, fields: ["name": .name, "time": .time], optional: ["name"], isEssential: true,
        excess: .delay, usefulFor: .seconds(7 * 86_400),
        texts: [
            "en": MailText(
                subject: "Your {{product}} account was deleted",
                preview: "It was deleted on {{time}}, with everything that signed you in.",
                heading: "Your account was deleted",
                paragraphs: [
                    "Your account at {{product}} was deleted on {{time}}, with its sessions and its second factor."
                ],
                notes: [
                    "If this was not you, tell whoever runs {{product}} at once.",
                    "This is the last mail about the account.",
                ])
        ])

    private static let lockoutUnlock = MailTemplate(
        .lockoutUnlock, fields: ["name": .name, "link": .link, "span": .duration], optional: ["name"],
        isEssential: true, excess: .refuse, usefulFor: .seconds(3600),
        texts: [
            "en": MailText(
                subject: "Your {{product}} account was locked",
                preview: "Too many wrong passwords. This link lets you in.",
                heading: "Your account was locked",
                paragraphs: [
                    "Too many wrong passwords were given for your account, so new devices are kept out for a while.",
                    "If you want to sign in now, this link lets you in.",
                ],
                button: .init("Let me in", link: "link"),
                notes: [
                    "The link works once, for {{span}}, and still asks for your password.",
                    "If it was not you, do nothing: the lock keeps others out, and your password was not guessed.",
                ])
        ])

    private static let invitation = MailTemplate(
        .invitation, fields: ["inviter": .name, "link": .link, "span": .duration], excess: .refuse,
        usefulFor: .seconds(3 * 86_400),
        texts: [
            "en": MailText(
                subject: "You are invited to {{product}}",
                preview: "The invitation is good for {{span}}.",
                heading: "You are invited",
                paragraphs: [
                    "{{#inviter}}{{inviter}} invites you{{/inviter}}{{^inviter}}You are invited{{/inviter}} to {{product}}."
                ],
                button: .init("Accept the invitation", link: "link"),
                notes: [
                    "The invitation is good for {{span}}.",
                    "If you do not know whoever invited you, do nothing: no account is opened.",
                ])
        ])

    private static let projectInvitation = MailTemplate(
        .projectInvitation, fields: ["inviter": .name, "project": .name, "link": .link, "span": .duration],
        excess: .refuse, usefulFor: .seconds(3 * 86_400),
        texts: [
            "en": MailText(
                subject: "You are invited to a project at {{product}}",
                preview: "The invitation is good for {{span}}.",
                heading: "You are invited to a project",
                paragraphs: [
                    "{{#inviter}}{{inviter}} invites you{{/inviter}}{{^inviter}}You are invited{{/inviter}} to "
                        + "{{#project}}the project {{project}}{{/project}}{{^project}}a project{{/project}} at {{product}}."
                ],
                button: .init("See the invitation", link: "link"),
                notes: [
                    "The invitation is good for {{span}}. You join when you accept it there, signed in with this address.",
                    "If you do not know whoever invited you, do nothing: you join nothing.",
                ])
        ])

    private static let quotaWarning = MailTemplate(
        .quotaWarning,
        fields: ["name": .name, "quota": .text, "percent": .number, "time": .time, "link": .link],
        optional: ["name"], isNotice: true, excess: .delay, usefulFor: .seconds(2 * 86_400),
        texts: [
            "en": MailText(
                subject: "{{percent}} % of your {{quota}} is used",
                preview: "It starts anew on {{time}}.",
                heading: "{{percent}} % is used",
                paragraphs: ["You have used {{percent}} % of your {{quota}} at {{product}}."],
                facts: [
                    .init("Quota", "{{quota}}"), .init("Used", "{{percent}} %"), .init("Starts anew", "{{time}}"),
                ],
                button: .init("See my usage", link: "link"),
                notes: ["When all of it is used, requests are refused until then."])
        ])

    private static let backupFailed = MailTemplate(
        .backupFailed, fields: ["reason": .text, "time": .time, "last": .text, "link": .link], isEssential: true,
        excess: .delay, usefulFor: .seconds(2 * 86_400),
        texts: [
            "en": MailText(
                subject: "{{product}}: the backup failed",
                preview: "{{reason}}", heading: "The backup failed",
                paragraphs: ["The backup of {{product}} did not succeed. Nothing was deleted."],
                facts: [
                    .init("Reason", "{{reason}}"), .init("Time", "{{time}}"), .init("Last good backup", "{{last}}"),
                ],
                button: .init("Open the backups", link: "link"),
                notes: ["It is tried again on schedule. Until it succeeds, the last good backup is all there is."])
        ])

    private static let auditAnchor = MailTemplate(
        .auditAnchor, fields: ["row": .number, "hash": .text, "time": .time], isEssential: true,
        excess: .delay, usefulFor: .seconds(2 * 86_400),
        texts: [
            "en": MailText(
                subject: "{{product}}: audit trail, row {{row}}",
                preview: "{{hash}}", heading: "The audit trail's head",
                paragraphs: [
                    "Keep this mail. Whoever owns the database of {{product}} could write its audit trail anew; against this line that shows."
                ],
                facts: [.init("Row", "{{row}}"), .init("Hash", "{{hash}}"), .init("Time", "{{time}}")],
                notes: [
                    "To compare: put “row hash time” on a line of a file, and run seaworthy audit verify --anchors FILE."
                ])
        ])

    private static let breachNotice = MailTemplate(
        .breachNotice,
        fields: [
            "name": .name, "what": .text, "consequence": .text, "measure": .text, "contact": .text, "time": .time,
            "link": .link,
        ],
        optional: ["name"], isEssential: true, excess: .delay, usefulFor: .seconds(7 * 86_400),
        texts: [
            "en": MailText(
                subject: "Important: your data at {{product}}",
                preview: "What happened, what it means for you, and what we did.",
                heading: "Your data was exposed",
                paragraphs: [
                    "We must tell you that personal data of yours at {{product}} was exposed.",
                    "What happened: {{what}}", "What it may mean for you: {{consequence}}",
                    "What we did, and what you can do: {{measure}}",
                ],
                facts: [.init("Noticed", "{{time}}"), .init("Contact", "{{contact}}")],
                button: .init("Read more", link: "link"),
                notes: ["We will never ask for your password or your card because of this."])
        ])

    private static let test = MailTemplate(
        .test, fields: ["time": .time], excess: .refuse, usefulFor: .seconds(3600),
        texts: [
            "en": MailText(
                subject: "Test mail from {{product}}",
                preview: "If you can read this, mail works.", heading: "Mail works",
                paragraphs: ["An operator of {{product}} sent this on {{time}} to see whether mail arrives. It does."])
        ])
}
