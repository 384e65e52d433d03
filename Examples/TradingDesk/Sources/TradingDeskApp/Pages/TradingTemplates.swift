/// Pages about money: portfolios, orders, the market, analytics, statements.
enum TradingTemplates {
    static let chart = """
        <svg class="chart" viewBox="0 0 640 220" role="img" aria-label="{{label}}">
        {{#ticks}}<line class="grid" x1="64" x2="636" y1="{{y}}" y2="{{y}}"/><text class="tick" x="58" y="{{textY}}" text-anchor="end">{{text}}</text>{{/ticks}}
        <path class="area" d="{{area}}"/><path class="line" d="{{line}}"/>
        <text class="tick" x="64" y="214">{{first}}</text><text class="tick" x="636" y="214" text-anchor="end">{{last}}</text>
        </svg>
        """

    static let portfolio = """
        {{<frame}}{{$content}}
        <p class="eyebrow"><a href="/portfolios">Portfolios</a></p>
        <h1>{{page.name}}</h1>
        <section class="figures">
        <div class="figure"><span>Cash</span><strong>€{{page.cash}}</strong></div>
        <div class="figure"><span>Shares</span><strong>€{{page.invested}}</strong></div>
        <div class="figure"><span>Together</span><strong>€{{page.total}}</strong></div>
        </section>
        <section class="two">
        <article class="card wide"><h2>Positions</h2>
        <div class="scroll"><table><thead><tr><th>Instrument</th><th class="number">Shares</th><th class="number">Price</th><th class="number">Value</th><th class="number">Gain</th></tr></thead><tbody>
        {{#page.positions}}<tr><td><a href="/market/{{symbol}}"><b>{{symbol}}</b></a> <span class="hint">{{name}}</span></td><td class="number">{{quantity}}</td><td class="number">{{price}}</td><td class="number">{{value}}</td><td class="number {{gainClass}}">{{gain}}</td></tr>{{/page.positions}}
        </tbody></table></div>
        {{^page.positions}}<p class="empty">Nothing held. <a href="/orders">Place an order</a>.</p>{{/page.positions}}
        </article>
        <article class="card"><h2>Move cash</h2>
        <form class="stack" method="post" action="/portfolios/{{page.id}}/deposit"><label>Amount in €<input name="amount" inputmode="decimal" required placeholder="250.00"></label><label>Memo<input name="memo" maxlength="200" placeholder="Optional"></label>
        <div class="buttons"><button>Deposit</button><button class="second" formaction="/portfolios/{{page.id}}/withdraw">Withdraw</button></div></form>
        </article>
        </section>
        <article class="card"><h2>Transactions</h2>
        <p class="aside"><a href="/api/portfolios/{{page.id}}/transactions.csv">Export CSV</a></p>
        <div class="scroll"><table><thead><tr><th>Date</th><th>Kind</th><th>Memo</th><th class="number">Amount</th><th class="number">Balance</th></tr></thead><tbody>
        {{#page.entries}}<tr><td>{{date}}</td><td><span class="tag">{{kind}}</span></td><td>{{memo}}</td><td class="number {{amountClass}}">{{amount}}</td><td class="number">{{balance}}</td></tr>{{/page.entries}}
        </tbody></table></div>
        {{^page.entries}}<p class="empty">No transactions yet.</p>{{/page.entries}}
        </article>
        {{/content}}{{/frame}}
        """

    static let orders = """
        {{<frame}}{{$content}}
        <h1>Orders</h1>
        <section class="two">
        <article class="card wide"><h2>Your orders</h2>
        <div class="scroll"><table><thead><tr><th>Placed</th><th>Order</th><th class="number">Limit</th><th>Status</th><th></th></tr></thead><tbody>
        {{#page.orders}}<tr><td>{{placed}}</td><td class="order"><b>{{side}}</b> {{quantity}} <a href="/market/{{symbol}}">{{symbol}}</a></td><td class="number">{{limit}}</td><td class="order"><span class="tag {{status}}">{{status}}</span>{{#executed}} <span class="hint">at {{.}}</span>{{/executed}}</td>
        <td class="actions">{{#isOpen}}<form method="post" action="/orders/{{id}}/execute"><button class="small">Execute</button></form><form method="post" action="/orders/{{id}}/cancel"><button class="small second">Cancel</button></form>{{/isOpen}}</td></tr>{{/page.orders}}
        </tbody></table></div>
        {{^page.orders}}<p class="empty">No orders yet.</p>{{/page.orders}}
        </article>
        <article class="card"><h2>New order</h2>
        <form class="stack" method="post" action="/orders">
        <label>Portfolio<select name="portfolio" required>{{#page.portfolios}}<option value="{{id}}">{{name}} (€{{cash}})</option>{{/page.portfolios}}</select></label>
        <label>Instrument<select name="symbol" required>{{#page.instruments}}<option value="{{symbol}}">{{symbol}} · {{name}} · {{price}}</option>{{/page.instruments}}</select></label>
        <fieldset><legend>Side</legend><label class="choice"><input type="radio" name="side" value="buy" checked>Buy</label><label class="choice"><input type="radio" name="side" value="sell">Sell</label></fieldset>
        <label>Shares<input name="quantity" inputmode="numeric" required placeholder="10"></label>
        <label>Limit in €<input name="limit" inputmode="decimal" placeholder="Any price"></label>
        <button>Place order</button></form>
        </article>
        </section>
        {{/content}}{{/frame}}
        """

    static let market = """
        {{<frame}}{{$content}}
        <h1>Market</h1>
        <p class="hint">Closing prices of day {{page.day}}</p>
        <article class="card"><div class="scroll"><table><thead><tr><th>Instrument</th><th>Sector</th><th class="number">Price</th><th class="number">Change</th></tr></thead><tbody>
        {{#page.instruments}}<tr><td><a href="/market/{{symbol}}"><b>{{symbol}}</b></a> {{name}}</td><td>{{sector}}</td><td class="number">{{price}}</td><td class="number {{changeClass}}">{{change}}</td></tr>{{/page.instruments}}
        </tbody></table></div></article>
        {{/content}}{{/frame}}
        """

    static let instrument = """
        {{<frame}}{{$content}}
        <p class="eyebrow"><a href="/market">Market</a></p>
        <h1>{{page.name}} <span class="hint">{{page.symbol}}</span></h1>
        <section class="figures"><div class="figure"><span>Price</span><strong>€{{page.price}}</strong></div><div class="figure"><span>Since the day before</span><strong class="{{page.changeClass}}">{{page.change}}</strong></div><div class="figure"><span>Sector</span><strong>{{page.sector}}</strong></div></section>
        <article class="card"><h2>Closing prices, 180 days</h2>{{#page.chart}}{{>chart}}{{/page.chart}}</article>
        <p><a class="button" href="/orders">Place an order</a></p>
        {{/content}}{{/frame}}
        """

    static let analytics = """
        {{<frame}}{{$content}}
        <h1>Analytics</h1>
        <section class="figures">
        <div class="figure"><span>Total</span><strong>€{{page.total}}</strong></div>
        <div class="figure"><span>Invested</span><strong>€{{page.invested}}</strong></div>
        <div class="figure"><span>Cash share</span><strong>{{page.cashShare}}</strong></div>
        <div class="figure"><span>Largest position</span><strong>{{page.largest}}</strong></div>
        </section>
        <article class="card"><h2>What you hold, over 90 days</h2><p class="hint">Today’s shares at each day’s closing price</p>{{#page.chart}}{{>chart}}{{/page.chart}}{{^page.chart}}<p class="empty">Nothing held yet.</p>{{/page.chart}}</article>
        <section class="two even">
        <article class="card"><h2>By sector</h2>{{#page.sectors}}<div class="bar"><span>{{name}}</span><svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{{share}}"><rect class="track" width="100" height="8"/><rect class="fill" width="{{width}}" height="8"/></svg><span class="number">{{share}}</span></div>{{/page.sectors}}{{^page.sectors}}<p class="empty">Nothing held yet.</p>{{/page.sectors}}</article>
        <article class="card"><h2>Gain by position</h2>{{#page.gains}}<div class="bar"><span>{{name}}</span><svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{{share}}"><rect class="track" width="100" height="8"/><rect class="{{fillClass}}" x="{{x}}" width="{{width}}" height="8"/></svg><span class="number {{gainClass}}">{{share}}</span></div>{{/page.gains}}{{^page.gains}}<p class="empty">Nothing held yet.</p>{{/page.gains}}</article>
        </section>
        {{/content}}{{/frame}}
        """

    static let statements = """
        {{<frame}}{{$content}}
        <h1>Statements</h1>
        <section class="two">
        <article class="card wide"><h2>Uploaded</h2>
        <div class="scroll"><table><thead><tr><th>File</th><th>Uploaded</th><th class="number">Lines</th><th class="number">Matched</th><th class="number">Missing</th></tr></thead><tbody>
        {{#page.statements}}<tr><td><a href="/statements/{{id}}">{{fileName}}</a></td><td>{{uploaded}}</td><td class="number">{{lines}}</td><td class="number">{{matched}}</td><td class="number">{{missing}}</td></tr>{{/page.statements}}
        </tbody></table></div>{{^page.statements}}<p class="empty">No statements yet.</p>{{/page.statements}}</article>
        <article class="card"><h2>Reconcile</h2>
        <form class="stack" method="post" action="/statements" enctype="multipart/form-data">
        <label>CSV file<input type="file" name="file" accept=".csv,text/csv" required><small>Columns date, description, amount, reference.</small></label>
        <p class="hint">It is compared with the ledger of {{page.portfolioName}}.</p><button>Upload</button></form></article>
        </section>
        {{/content}}{{/frame}}
        """

    static let statement = """
        {{<frame}}{{$content}}
        <p class="eyebrow"><a href="/statements">Statements</a></p>
        <h1>{{page.fileName}}</h1>
        <section class="figures"><div class="figure"><span>Matched</span><strong>{{page.matched}} of {{page.count}}</strong></div><div class="figure"><span>Missing from the statement</span><strong>{{page.missing}}</strong></div></section>
        <article class="card"><div class="scroll"><table><thead><tr><th>Date</th><th>Description</th><th>Reference</th><th class="number">Amount</th><th>Ledger</th></tr></thead><tbody>
        {{#page.lines}}<tr><td>{{date}}</td><td>{{description}}</td><td>{{reference}}</td><td class="number">{{amount}}</td><td><span class="tag {{tagClass}}">{{state}}</span></td></tr>{{/page.lines}}
        </tbody></table></div></article>
        {{/content}}{{/frame}}
        """
}
