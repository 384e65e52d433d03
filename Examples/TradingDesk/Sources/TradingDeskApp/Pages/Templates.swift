/// The pages as Mustache templates. No inline script, no inline style, nothing unescaped.
enum Templates {
    static let all: [String: String] = [
        "frame": frame, "home": home, "sign-in": signIn, "sign-up": signUp, "error": error, "dashboard": dashboard,
        "portfolios": portfolios, "portfolio": TradingTemplates.portfolio, "orders": TradingTemplates.orders,
        "market": TradingTemplates.market, "instrument": TradingTemplates.instrument,
        "analytics": TradingTemplates.analytics, "statements": TradingTemplates.statements,
        "statement": TradingTemplates.statement, "research": ResearchTemplates.research, "note": ResearchTemplates.note,
        "search": ResearchTemplates.search, "account": ResearchTemplates.account, "admin": ResearchTemplates.admin,
        "chart": TradingTemplates.chart,
    ]

    static let escapedText = "{{body}}"
    static let escapedTerm = "{{page.term}}"
    /// What the stored-script and unescaped-search flaws write instead.
    static let rawText = "{{% CONTENT_TYPE:TEXT}}{{body}}"
    static let rawTerm = "{{% CONTENT_TYPE:TEXT}}{{page.term}}"

    private static let frame = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{frame.title}} · TradingDesk</title>
        <link rel="stylesheet" href="/static/desk.css">
        <link rel="icon" type="image/svg+xml" href="/static/mark.svg">
        {{#frame.canonical}}<link rel="canonical" href="{{.}}">{{/frame.canonical}}
        </head>
        <body>
        <header class="top">
        <a class="brand" href="/"><img src="/static/mark.svg" alt="" width="28" height="28">TradingDesk</a>
        {{#frame.person}}
        <form class="find" action="/search" method="get" role="search"><input type="search" name="q" placeholder="Search instruments and notes" aria-label="Search" maxlength="100" required></form>
        <a class="badge" href="/account" title="{{name}}">{{initials}}</a>
        <form class="leave" action="/sign-out" method="post"><button class="quiet">Sign out</button></form>
        {{/frame.person}}
        {{^frame.person}}<nav class="door"><a href="/sign-in">Sign in</a><a class="button" href="/sign-up">Open an account</a></nav>{{/frame.person}}
        </header>
        {{#frame.person}}<nav class="sections" aria-label="Sections">{{#frame.links}}<a href="{{path}}"{{#isCurrent}} aria-current="page"{{/isCurrent}}>{{name}}</a>{{/frame.links}}</nav>{{/frame.person}}
        <main>
        {{#frame.notice}}<p class="notice" role="status">{{.}}</p>{{/frame.notice}}
        {{$content}}{{/content}}
        </main>
        <footer><span>TradingDesk is a demonstration. Prices are made up; nothing here is advice.</span><span><a href="/documents?name=terms.txt">Terms</a> · <a href="/documents?name=privacy.txt">Privacy</a> · <a href="/openapi.json">API</a></span></footer>
        </body>
        </html>
        """

    private static let home = """
        {{<frame}}{{$content}}
        <section class="hero">
        <div>
        <h1>Your trades, your ledger, one quiet desk.</h1>
        <p>Keep portfolios in order, place and track trades, reconcile what your bank says with what you did, and write down why you did it.</p>
        <p><a class="button large" href="/sign-up">Open an account</a> <a class="large" href="/sign-in">I have one</a></p>
        </div>
        <svg class="picture" viewBox="0 0 320 200" role="img" aria-label="A rising line"><path class="area" d="M0 200V150L40 138 80 146 120 112 160 120 200 82 240 92 280 48 320 30V200Z"/><path class="line" d="M0 150L40 138 80 146 120 112 160 120 200 82 240 92 280 48 320 30"/></svg>
        </section>
        <section class="three">
        <article class="card"><h2>Every cent accounted for</h2><p>Cash moves only with a ledger line that explains it. Deposits, withdrawals, trades and dividends, all in one place and ready to export.</p></article>
        <article class="card"><h2>Orders without surprises</h2><p>Limits are kept, shares are never sold twice, and an order fills once or not at all.</p></article>
        <article class="card"><h2>Statements that agree</h2><p>Upload your bank’s statement and see at once which lines match, which are unknown, and which are missing.</p></article>
        </section>
        {{/content}}{{/frame}}
        """

    private static let signIn = """
        {{<frame}}{{$content}}
        <section class="narrow card">
        <h1>Sign in</h1>
        {{#page.failure}}<p class="failure" role="alert">{{.}}</p>{{/page.failure}}
        <form method="post" action="/sign-in" class="stack">
        <input type="hidden" name="next" value="{{page.next}}">
        <label>E-mail address<input type="email" name="email" autocomplete="username" maxlength="254" required value="{{page.email}}"></label>
        <label>Password<input type="password" name="password" autocomplete="current-password" required></label>
        <button>Sign in</button>
        </form>
        <p class="hint">New here? <a href="/sign-up">Open an account</a>.</p>
        </section>
        {{/content}}{{/frame}}
        """

    private static let signUp = """
        {{<frame}}{{$content}}
        <section class="narrow card">
        <h1>Open an account</h1>
        {{#page.failure}}<p class="failure" role="alert">{{.}}</p>{{/page.failure}}
        <form method="post" action="/sign-up" class="stack">
        <label>Your name<input name="name" autocomplete="name" maxlength="80" required></label>
        <label>E-mail address<input type="email" name="email" autocomplete="username" maxlength="254" required value="{{page.email}}"></label>
        <label>Password<input type="password" name="password" autocomplete="new-password" minlength="12" required><small>12 characters or more; a sentence does well.</small></label>
        <button>Open the account</button>
        </form>
        <p class="hint">Already with us? <a href="/sign-in">Sign in</a>.</p>
        </section>
        {{/content}}{{/frame}}
        """

    private static let error = """
        {{<frame}}{{$content}}
        <section class="narrow card">
        <p class="eyebrow">{{page.status}}</p>
        <h1>{{page.heading}}</h1>
        <p>{{page.detail}}</p>
        <p class="hint">Request {{page.requestID}}</p>
        <p><a href="/">Back to the start</a></p>
        </section>
        {{/content}}{{/frame}}
        """

    private static let dashboard = """
        {{<frame}}{{$content}}
        <h1>Good to see you, {{page.firstName}}</h1>
        <section class="figures">
        <div class="figure"><span>Total</span><strong>€{{page.total}}</strong></div>
        <div class="figure"><span>Invested</span><strong>€{{page.invested}}</strong></div>
        <div class="figure"><span>Cash</span><strong>€{{page.cash}}</strong></div>
        <div class="figure"><span>Gain on shares</span><strong class="{{page.gainClass}}">{{page.gain}}</strong></div>
        </section>
        <section class="two">
        <article class="card wide"><h2>Value of your shares, 90 days</h2>{{#page.chart}}{{>chart}}{{/page.chart}}{{^page.chart}}<p class="empty">Nothing held yet. <a href="/orders">Place an order</a>.</p>{{/page.chart}}</article>
        <article class="card"><h2>Open orders</h2>
        {{#page.orders}}<p class="row"><span><b>{{side}}</b> {{quantity}} {{symbol}}</span><span>{{limit}}</span></p>{{/page.orders}}
        {{^page.orders}}<p class="empty">No open orders.</p>{{/page.orders}}
        <p><a href="/orders">All orders</a></p></article>
        </section>
        <article class="card"><h2>Portfolios</h2>
        <div class="scroll"><table><thead><tr><th>Name</th><th class="number">Cash</th><th>Since</th></tr></thead><tbody>
        {{#page.portfolios}}<tr><td><a href="/portfolios/{{id}}">{{name}}</a></td><td class="number">€{{cash}}</td><td>{{since}}</td></tr>{{/page.portfolios}}
        </tbody></table></div>
        {{^page.portfolios}}<p class="empty">No portfolio yet. <a href="/portfolios">Open one</a>.</p>{{/page.portfolios}}
        </article>
        {{/content}}{{/frame}}
        """

    private static let portfolios = """
        {{<frame}}{{$content}}
        <h1>Portfolios</h1>
        <section class="tiles">
        {{#page.portfolios}}<a class="card tile" href="/portfolios/{{id}}"><h2>{{name}}</h2><p class="big">€{{cash}}</p><p class="hint">Cash · since {{since}}</p></a>{{/page.portfolios}}
        <form class="card tile stack" method="post" action="/portfolios"><h2>Another one</h2><label>Name<input name="name" maxlength="80" required placeholder="Rainy days"></label><button>Open portfolio</button></form>
        </section>
        {{/content}}{{/frame}}
        """
}
