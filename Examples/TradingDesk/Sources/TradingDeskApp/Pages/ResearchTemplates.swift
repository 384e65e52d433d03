/// Pages about words and people: research, search, account, administration.
enum ResearchTemplates {
    static let research = """
        {{<frame}}{{$content}}
        <h1>Research</h1>
        <section class="two">
        <article class="wide list">
        {{#page.notes}}<a class="card" href="/research/{{id}}"><h2>{{topic}}</h2><p>{{excerpt}}</p><p class="hint">{{author}} · {{date}} · {{visibility}}</p></a>{{/page.notes}}
        {{^page.notes}}<p class="empty card">No notes yet.</p>{{/page.notes}}
        </article>
        <article class="card"><h2>New note</h2>
        <form class="stack" method="post" action="/research"><label>Topic<textarea name="topic" rows="4" maxlength="500" required placeholder="Energy: what a mild winter would do"></textarea><small>Up to 500 characters. Symbols and sectors in it are looked up.</small></label>
        <label class="choice"><input type="checkbox" name="shared" value="yes">Share with other members</label><button>Write note</button></form></article>
        </section>
        {{/content}}{{/frame}}
        """

    static let note = """
        {{<frame}}{{$content}}
        <p class="eyebrow"><a href="/research">Research</a></p>
        <article class="card prose"><h1>{{page.topic}}</h1><p class="hint">{{page.author}} · {{page.date}} · {{page.visibility}}</p><p>{{page.text}}</p></article>
        <article class="card"><h2>Comments</h2>
        {{#page.comments}}<div class="comment"><p class="hint"><b>{{author}}</b> · {{date}}</p><div>{{>written}}</div></div>{{/page.comments}}
        {{^page.comments}}<p class="empty">No comments yet.</p>{{/page.comments}}
        <form class="stack" method="post" action="/research/{{page.id}}/comments"><label>Your comment<textarea name="body" rows="3" maxlength="2000" required></textarea></label><div class="buttons"><button>Comment</button></div></form>
        </article>
        {{/content}}{{/frame}}
        """

    static let search = """
        {{<frame}}{{$content}}
        <h1>Results for “{{>term}}”</h1>
        <article class="card"><h2>Instruments</h2>{{#page.instruments}}<p class="row"><span><a href="/market/{{symbol}}"><b>{{symbol}}</b></a> {{name}}</span><span class="number">{{price}}</span></p>{{/page.instruments}}{{^page.instruments}}<p class="empty">None.</p>{{/page.instruments}}</article>
        <article class="card"><h2>Notes</h2>{{#page.notes}}<p class="row"><span><a href="/research/{{id}}">{{topic}}</a></span><span class="hint">{{author}}</span></p>{{/page.notes}}{{^page.notes}}<p class="empty">None.</p>{{/page.notes}}</article>
        {{/content}}{{/frame}}
        """

    static let account = """
        {{<frame}}{{$content}}
        <h1>Account</h1>
        <section class="two even">
        <article class="card"><h2>Profile</h2><form class="stack" method="post" action="/account"><label>Name<input name="name" maxlength="80" required value="{{page.name}}"></label><label>E-mail address<input value="{{page.email}}" disabled></label><div class="buttons"><button>Save</button></div></form></article>
        <article class="card"><h2>Consent</h2><p class="hint">Everything works without.</p>
        {{#page.choices}}<form class="row" method="post" action="/account/consent"><input type="hidden" name="purpose" value="{{purpose}}"><input type="hidden" name="granted" value="{{next}}"><span>{{about}}</span><button class="small {{buttonClass}}">{{button}}</button></form>{{/page.choices}}
        </article>
        </section>
        <article class="card danger"><h2>Delete the account</h2><p>Withdraw all cash and sell all shares first. Portfolios, notes and consents go; comments stay without your name.</p>
        <form class="stack" method="post" action="/account/delete"><label>Password<input type="password" name="password" autocomplete="current-password" required></label><div class="buttons"><button class="danger">Delete my account</button></div></form></article>
        {{/content}}{{/frame}}
        """

    static let admin = """
        {{<frame}}{{$content}}
        <h1>Administration</h1>
        <section class="figures"><div class="figure"><span>Accounts</span><strong>{{page.count}}</strong></div><div class="figure"><span>Market day</span><strong>{{page.day}}</strong></div></section>
        <article class="card"><h2>Accounts</h2><div class="scroll"><table><thead><tr><th>Name</th><th>E-mail address</th><th>Role</th><th>Status</th><th>Since</th><th></th></tr></thead><tbody>
        {{#page.accounts}}<tr><td>{{name}}</td><td>{{email}}</td><td><span class="tag">{{role}}</span></td><td><span class="tag {{status}}">{{status}}</span></td><td>{{since}}</td>
        <td class="actions">{{#isOther}}<form method="post" action="/admin/users/{{id}}"><input type="hidden" name="role" value="{{otherRole}}"><button class="small second">Make {{otherRole}}</button></form><form method="post" action="/admin/users/{{id}}"><input type="hidden" name="status" value="{{otherStatus}}"><button class="small second">{{statusAction}}</button></form>{{/isOther}}</td></tr>{{/page.accounts}}
        </tbody></table></div></article>
        <article class="card"><h2>Market</h2><form method="post" action="/admin/market/next-day" class="row"><span>Open the next seeded day; prices move, nothing else does.</span><button>Open next day</button></form></article>
        {{/content}}{{/frame}}
        """
}
