/// The frame of every mail. Mail programs know tables and `style` attributes, and many know nothing else: that is why a
/// mail is written as pages were twenty years ago. The one `<style>` is for programs that follow dark mode.
enum MailLayout {
    static let html = """
        {{% CONTENT_TYPE:MAIL-HTML}}<!DOCTYPE html>
        <html lang="{{language}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="supported-color-schemes" content="light dark">
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
        <title>{{subject}}</title>
        <style>
        @media (max-width: 480px) { .card { padding: 28px 22px !important; } .head, .foot { padding-left: 22px !important; padding-right: 22px !important; } }
        @media (prefers-color-scheme: dark) {
        .page { background: #12161c !important; }
        .card { background: #1c222b !important; border-color: #313a47 !important; }
        .ink, .ink a { color: #e8ecf1 !important; }
        .soft, .soft a { color: #a7b1be !important; }
        .line { border-color: #313a47 !important; }
        .button { background: #5b9bf0 !important; }
        .button a { color: #0d131b !important; }
        }
        </style>
        </head>
        <body class="page" style="margin:0;padding:0;background:#f2f4f7;-webkit-text-size-adjust:100%;">
        <div style="display:none;max-height:0;overflow:hidden;opacity:0;">{{preview}}</div>
        <table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f2f4f7;">
        <tr><td align="center" style="padding:24px 12px 32px;">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;">
        <tr><td class="head ink" style="padding:4px 36px 16px;font:600 15px/22px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#1b2430;overflow-wrap:anywhere;">{{product}}</td></tr>
        <tr><td class="card" style="background:#ffffff;border:1px solid #dfe4ea;border-radius:10px;padding:36px;">
        <h1 class="ink" style="margin:0 0 18px;font:600 23px/30px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#1b2430;overflow-wrap:anywhere;">{{heading}}</h1>
        <p class="ink" style="margin:0 0 14px;font:16px/25px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#1b2430;overflow-wrap:anywhere;">{{greeting}}</p>
        {{#paragraphs}}
        <p class="ink" style="margin:0 0 14px;font:16px/25px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#1b2430;overflow-wrap:anywhere;">{{.}}</p>
        {{/paragraphs}}
        {{#hasFacts}}
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 16px;border-collapse:collapse;">
        {{#facts}}
        <tr><td class="line soft" width="34%" valign="top" style="border-top:1px solid #dfe4ea;padding:10px 12px 10px 0;font:14px/21px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#5a6675;">{{label}}</td>
        <td class="line ink" valign="top" style="border-top:1px solid #dfe4ea;padding:10px 0;font:14px/21px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#1b2430;overflow-wrap:anywhere;">{{value}}</td></tr>
        {{/facts}}
        </table>
        {{/hasFacts}}
        {{#button}}
        <table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:22px 0 24px;">
        <tr><td class="button" align="center" style="background:#1d5fbf;border-radius:7px;"><a href="{{address}}" style="display:inline-block;padding:13px 26px;font:600 16px/22px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#ffffff;text-decoration:none;">{{label}}</a></td></tr>
        </table>
        {{/button}}
        {{#notes}}
        <p class="soft" style="margin:0 0 10px;font:14px/22px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#5a6675;overflow-wrap:anywhere;">{{.}}</p>
        {{/notes}}
        {{#button}}
        <p class="soft line" style="margin:20px 0 0;padding:16px 0 0;border-top:1px solid #dfe4ea;font:13px/20px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#5a6675;">{{hint}}<br><a href="{{address}}" style="color:#5a6675;word-break:break-all;">{{address}}</a></p>
        {{/button}}
        </td></tr>
        <tr><td class="foot soft" style="padding:18px 36px 0;font:13px/20px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#5a6675;overflow-wrap:anywhere;">{{footer}}{{#unsubscribe}}<br><a href="{{address}}" style="color:#5a6675;">{{label}}</a>{{/unsubscribe}}</td></tr>
        </table>
        </td></tr>
        </table>
        </body>
        </html>

        """
}
