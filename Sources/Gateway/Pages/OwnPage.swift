import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import Protection

/// The shell of our own pages: no script, one style sheet of our own, and the strict policy whatever the mode.
struct OwnPage {
    let title: String
    /// HTML; whatever comes from outside is escaped in it already.
    let content: String
    /// Where the pages of this gateway live, such as `/seaworthy`.
    let prefix: String

    var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>\(title.escapedForHTML)</title>
        <link rel="stylesheet" href="\(prefix.escapedForHTML)/style.css">
        </head>
        <body>
        <main>
        \(content)
        </main>
        </body>
        </html>

        """
    }

    var response: Hummingbird.Response {
        OwnPage.response(html, type: "text/html; charset=utf-8")
    }

    /// An answer that may be kept for a while: it changes with the build only.
    static func response(_ text: String, type: String) -> Hummingbird.Response {
        var headers: HTTPFields = [.contentType: type, .cacheControl: "public, max-age=300", .vary: "Accept"]
        headers[.contentSecurityPolicy] = ContentPolicy.own
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    static let style = """
        :root { color-scheme: light dark; }
        body { margin: 0; font: 1rem/1.55 system-ui, sans-serif; color: CanvasText; background: Canvas; }
        main { max-width: 42rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
        h2 { font-size: 1.1rem; margin: 2rem 0 .25rem; }
        p { margin: .25rem 0 .75rem; }
        code { font: .92em/1.4 ui-monospace, monospace; background: color-mix(in srgb, CanvasText 8%, Canvas);
          padding: .1em .3em; border-radius: .25em; }
        dl { margin: 0 0 1.5rem; }
        dt { font-size: .85rem; opacity: .75; margin-top: .6rem; }
        dd { margin: 0; }
        ul { list-style: none; margin: 0; padding: 0; }
        li { padding: .45rem 0; border-top: 1px solid color-mix(in srgb, CanvasText 15%, Canvas); }
        a { color: LinkText; }
        nav { margin-top: 2.5rem; }
        nav.links { margin-top: 1.25rem; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
        form { margin: 1rem 0; }
        label { display: block; font-weight: 600; margin-bottom: .25rem; }
        input:not([type=hidden]):not([type=checkbox]), select, textarea { font: inherit; box-sizing: border-box; width: 100%; max-width: 26rem; padding: .5rem .6rem;
          color: inherit; background: color-mix(in srgb, CanvasText 4%, Canvas);
          border: 1px solid color-mix(in srgb, CanvasText 45%, Canvas); border-radius: .35rem; }
        select { min-height: 2.75rem; }
        option { color: CanvasText; background: Canvas; }
        input[readonly] { opacity: .75; }
        fieldset { border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); border-radius: .35rem; max-width: 25rem;
          margin: 0 0 .75rem; }
        legend { font-weight: 600; }
        .box { font-weight: 400; min-height: 1.75rem; }
        button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .45rem 1.1rem; border-radius: .35rem;
          cursor: pointer; border: 1px solid transparent; }
        button.primary { color: #fff; background: #0b5cad; }
        button.plain { color: inherit; background: transparent; border-color: color-mix(in srgb, CanvasText 45%, Canvas); }
        button.danger { color: #fff; background: #b3261e; }
        input:focus-visible, select:focus-visible, textarea:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid #2f8cff; outline-offset: 2px; }
        a.button { display: inline-block; font-weight: 600; padding: .6rem 1.1rem; border-radius: .35rem; color: #fff;
          background: #0b5cad; text-decoration: none; }
        .qr { display: block; width: 100%; max-width: 15rem; height: auto; margin: .75rem 0; border-radius: .35rem; }
        .secret { font-size: 1.05em; overflow-wrap: normal; }
        ol.steps { padding-left: 1.3rem; margin: 0; }
        ol.steps > li { border-top: 0; padding: .35rem 0 .75rem; }
        .codes { display: grid; grid-template-columns: repeat(auto-fit, minmax(13.5rem, 1fr)); gap: .2rem 1rem; margin: 1rem 0; }
        .codes li { border-top: 0; }
        .codes code { font-size: 1.05rem; padding: .25em .5em; }
        a.provider { display: inline-flex; align-items: center; justify-content: center; box-sizing: border-box; width: 100%;
          max-width: 26rem; min-height: 2.75rem; padding: .45rem 1.1rem; border-radius: .35rem; font-weight: 600;
          color: inherit; text-decoration: none; border: 1px solid color-mix(in srgb, CanvasText 45%, Canvas); }
        a.provider:hover { background: color-mix(in srgb, CanvasText 6%, Canvas); }
        .providers { margin: 1.5rem 0 0; padding-top: 1rem; max-width: 26rem;
          border-top: 1px solid color-mix(in srgb, CanvasText 15%, Canvas); }
        .hint { display: block; font-weight: 400; font-size: .88rem; opacity: .8; margin-bottom: .3rem; }
        .alert { border-left: 4px solid #b3261e; background: color-mix(in srgb, #b3261e 12%, Canvas); padding: .7rem 1rem;
          border-radius: .25rem; margin: 0 0 1.25rem; }
        .alert p { margin: .25rem 0 0; }
        .note { border-left: 4px solid #2e7d32; background: color-mix(in srgb, #2e7d32 12%, Canvas); padding: .7rem 1rem;
          border-radius: .25rem; margin: 0 0 1.25rem; }
        .session { display: flex; flex-wrap: wrap; gap: .5rem 1rem; justify-content: space-between; align-items: center; }
        .session form, .session form p { margin: 0; }
        .session > div { flex: 1 1 14rem; }
        .session form:has(select) { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
        .session form label { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
        .session select { width: auto; min-width: 8rem; }
        .mark { font-size: .8rem; border: 1px solid; border-radius: 1rem; padding: .05rem .6rem; margin-left: .4rem; }

        """
}
