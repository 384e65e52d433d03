/// The page of the HTML report. Its style is inside, because a report is one file that has to open anywhere; a policy
/// in the page itself forbids everything else.
enum ReportPage {
    static let template = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <meta name="color-scheme" content="light dark">
        <title>{{decision}} · readiness of {{name}}</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        <header class="{{decisionClass}}">
        <div class="wrap">
        <p class="kicker">Readiness of</p>
        <h1>{{name}}</h1>
        <p class="where">{{target}} · {{startedAt}} · {{seconds}} s</p>
        <div class="verdict"><strong>{{decision}}</strong><span>at level {{level}}</span></div>
        </div>
        </header>
        <main class="wrap">
        <section class="cards">
        <div class="card"><p class="label">Score</p><p class="big">{{score}}<small> / 100</small></p></div>
        {{#verdicts}}<div class="card"><p class="label">Level {{level}}</p><p class="big {{decisionClass}}">{{decision}}</p><p class="hint">{{failures}} blocking, {{unknown}} required but not evaluated</p></div>{{/verdicts}}
        </section>
        {{#hasTrend}}<p class="coverage"><b>Trend.</b> <span class="spark" aria-hidden="true">{{trendSpark}}</span> {{trendWords}}.</p>{{/hasTrend}}
        <p class="coverage"><b>Coverage.</b> {{coverage}}.</p>
        {{#notes}}<p class="note">{{text}}</p>{{/notes}}
        {{#hasProfile}}<section><h2>Go / no-go: {{profileName}}</h2><p class="hint">{{profileTitle}}</p>
        <table class="blockers"><thead><tr><th>Level</th><th>Decision</th><th>Total</th><th>Required</th></tr></thead><tbody>
        {{#levels}}<tr class="{{decisionClass}}"><td>{{level}}</td><td><b>{{decision}}</b></td><td>{{total}}</td><td>{{required}}</td></tr>{{/levels}}</tbody></table>
        {{#profileGroups}}<h3>{{group}} <span class="count">{{score}} of 100, weight {{weight}}</span></h3>
        <table class="blockers table"><thead><tr><th>Criterion</th><th>Required</th><th>Actual</th><th>Status</th></tr></thead><tbody>
        {{#criteria}}<tr><td>{{text}}<br><span class="hint">{{source}}</span></td><td>{{required}}</td><td>{{actual}} <b class="hint">{{contradiction}}</b></td><td><span class="pill {{class}}">{{status}}</span></td></tr>
        {{/criteria}}</tbody></table>{{/profileGroups}}</section>{{/hasProfile}}
        {{#hasBlockers}}<section><h2>What stands in the way of {{level}}</h2>
        <table class="blockers"><thead><tr><th>Check</th><th>What was seen</th><th>Who can mend it</th></tr></thead><tbody>
        {{#blockers}}<tr><td>{{#isCheck}}<a href="#{{id}}"><code>{{id}}</code></a>{{/isCheck}}{{^isCheck}}<code>score</code>{{/isCheck}}<br><span class="hint">{{kind}}</span></td><td>{{title}}<br><span class="hint">{{reason}}</span></td><td>{{who}}</td></tr>
        {{/blockers}}</tbody></table></section>{{/hasBlockers}}
        {{#hasDeclarations}}<section><h2>{{declarationsTitle}}</h2><pre class="paste" tabindex="0" role="region" aria-label="{{declarationsTitle}}">{{declarations}}</pre></section>{{/hasDeclarations}}
        <section><h2>By area</h2><div class="areas">
        {{#areas}}<div class="area"><span>{{title}}</span><meter class="{{grade}}" min="0" max="100" value="{{value}}">{{score}}</meter><b>{{score}}</b><span class="hint">{{held}} of {{judged}} hold</span></div>
        {{/areas}}</div></section>
        {{#hasScreenshots}}<section><h2>How the pages look</h2><div class="shots">
        {{#screenshots}}<figure{{#isNarrow}} class="narrow"{{/isNarrow}}><img src="data:image/jpeg;base64,{{jpeg}}" alt="{{page}} on a screen of {{width}} pixels"><figcaption><code>{{page}}</code> {{width}} px</figcaption></figure>
        {{/screenshots}}</div></section>{{/hasScreenshots}}
        {{#groups}}<section class="{{class}}"><h2>{{title}} <span class="count">{{count}}</span></h2>
        {{#checks}}<details id="{{id}}"{{#isOpen}} open{{/isOpen}}><summary><span class="pill {{class}}">{{outcome}}</span><span class="what"><b>{{title}}</b><span class="hint">{{summary}}</span></span><code>{{id}}</code></summary>
        <div class="body"><p class="tags"><span>{{severity}}</span><span>{{side}}</span>{{#hasASVS}}<span>ASVS 5.0 {{asvs}}</span>{{/hasASVS}}</p>
        {{#hasWaiver}}<p class="note">{{waiver}}</p>{{/hasWaiver}}
        <p>{{rationale}}</p><p class="fix"><b>Mend it.</b> {{remediation}}</p>
        {{#hasRemedies}}<dl class="stacks">{{#remedies}}<dt>{{stack}}</dt><dd><code>{{text}}</code></dd>{{/remedies}}</dl>{{/hasRemedies}}
        {{#observations}}<div class="seen"><p><span class="pill {{class}}">{{outcome}}</span> <code>{{subject}}</code> {{seen}}</p>
        {{#evidence}}<div class="evidence"><pre class="req">{{request}}</pre><pre class="res">{{response}}{{#hasExcerpt}}

        {{excerpt}}{{/hasExcerpt}}</pre><pre class="curl">{{curl}}</pre></div>{{/evidence}}</div>{{/observations}}
        </div></details>
        {{/checks}}</section>{{/groups}}
        </main>
        <footer class="wrap"><p>Seen from outside, over HTTP. Secrets are taken out of the evidence; in a curl line they stand as variables.</p></footer>
        </body>
        </html>

        """

    private static let style = """
        :root{--ink:#17202a;--soft:#5b6875;--line:#dde3e8;--paper:#fff;--ground:#f4f6f8;--good:#1b7f4b;--bad:#b3261e;--mid:#9a6700;--link:#0b5cad;--code:#f0f3f6}
        @media (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa7b4;--line:#2b343d;--paper:#161c22;--ground:#0f1419;--good:#4cc38a;--bad:#ff7b72;--mid:#e3b341;--link:#6cb6ff;--code:#1e262e}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        .wrap{max-width:1080px;margin:0 auto;padding:0 24px}
        header{background:var(--paper);border-bottom:1px solid var(--line);border-top:6px solid var(--soft);padding:28px 0}
        header.go{border-top-color:var(--good)}header.no-go{border-top-color:var(--bad)}header.could-not-judge{border-top-color:var(--mid)}
        .kicker{margin:0;color:var(--soft);font-size:14px}h1{margin:0;font-size:30px;line-height:1.2;overflow-wrap:anywhere}
        .where{margin:4px 0 18px;color:var(--soft);overflow-wrap:anywhere}
        .verdict{display:inline-flex;align-items:baseline;gap:12px}.verdict strong{font-size:34px;letter-spacing:.01em}
        .go .verdict strong,.big.go{color:var(--good)}.no-go .verdict strong,.big.no-go{color:var(--bad)}.could-not-judge .verdict strong,.big.could-not-judge{color:var(--mid)}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:16px;margin:24px 0 12px}
        .card,details,.blockers,.areas{background:var(--paper);border:1px solid var(--line);border-radius:8px}
        .card{padding:14px 18px}.label{margin:0;color:var(--soft);font-size:14px}.big{margin:2px 0 0;font-size:26px;font-weight:650}.big small{font-size:15px;color:var(--soft);font-weight:400}
        .hint{color:var(--soft);font-size:14px}p.hint{margin:2px 0 0}h2+p.hint{margin:-6px 0 10px}.coverage{color:var(--soft);font-size:15px}
        .note{background:var(--code);border-left:4px solid var(--mid);padding:8px 14px;border-radius:0 6px 6px 0}
        .spark{font:16px/1 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;color:var(--link);letter-spacing:1px;white-space:pre}
        h2{font-size:20px;margin:34px 0 12px}h3{font-size:16px;margin:22px 0 8px}.table td:nth-child(1){width:36%}.table td:nth-child(2){width:18%}.table td:nth-child(4){width:90px}.count{color:var(--soft);font-weight:400}
        code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}
        a{color:var(--link)}table{width:100%;border-collapse:separate;border-spacing:0}th,td{text-align:left;vertical-align:top;padding:9px 14px;border-top:1px solid var(--line);overflow-wrap:anywhere}
        thead th{border-top:0;color:var(--soft);font-size:14px;font-weight:500}td:last-child{white-space:nowrap}
        .areas{padding:10px 18px}.area{display:grid;grid-template-columns:190px 1fr 40px 120px;gap:14px;align-items:center;padding:5px 0}.area b{text-align:right}
        meter{width:100%;height:12px;appearance:none;-webkit-appearance:none;background:var(--code);border:0;border-radius:6px;overflow:hidden}
        meter::-webkit-meter-bar{background:var(--code);border:0;border-radius:6px;height:12px}meter::-webkit-meter-optimum-value{background:var(--good);border-radius:6px}
        meter.part::-webkit-meter-optimum-value{background:var(--mid)}meter.low::-webkit-meter-optimum-value{background:var(--bad)}
        meter::-moz-meter-bar{background:var(--good)}meter.part::-moz-meter-bar{background:var(--mid)}meter.low::-moz-meter-bar{background:var(--bad)}
        .shots{display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start}.shots figure{margin:0;flex:0 1 560px;min-width:0}.shots .narrow{flex-basis:210px}.shots img{display:block;width:100%;border:1px solid var(--line);border-radius:6px}.shots figcaption{margin-top:4px;color:var(--soft);font-size:13px;overflow-wrap:anywhere}
        details{margin:8px 0}summary{display:grid;grid-template-columns:74px 1fr auto;gap:14px;align-items:start;padding:11px 16px;cursor:pointer;list-style:none}
        summary::-webkit-details-marker{display:none}summary:focus-visible,a:focus-visible,pre:focus-visible{outline:3px solid var(--link);outline-offset:2px}summary code{color:var(--soft)}
        .what b{display:block;font-weight:600}.what .hint{overflow-wrap:anywhere}
        .pill{display:inline-block;justify-self:start;text-align:center;border-radius:4px;padding:1px 7px;font-size:13px;font-weight:600;border:1px solid var(--soft);color:var(--soft)}
        .pill.fails{color:var(--bad);border-color:var(--bad)}.pill.holds{color:var(--good);border-color:var(--good)}.pill.waived,.pill.error{color:var(--mid);border-color:var(--mid)}
        .body{border-top:1px solid var(--line);padding:6px 16px 14px}.tags span{display:inline-block;background:var(--code);border-radius:4px;padding:1px 8px;margin-right:6px;font-size:13px;color:var(--soft)}
        .fix{max-width:80ch}.body>p{max-width:80ch}.seen{margin-top:12px}.seen p{overflow-wrap:anywhere;margin:6px 0}
        .evidence{display:grid;grid-template-columns:1fr 1fr;gap:8px;margin-bottom:10px}.evidence .curl{grid-column:1/3}
        pre{margin:0;background:var(--code);padding:10px 12px;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
        .stacks{display:grid;grid-template-columns:130px 1fr;gap:4px 14px;margin:10px 0}.stacks dt{color:var(--soft);font-size:14px}.stacks dd{margin:0;min-width:0}code{overflow-wrap:anywhere}
        .paste{white-space:pre;overflow:auto;border:1px solid var(--line)}.curl{border-left:4px solid var(--link)}footer{color:var(--soft);font-size:14px;padding-top:24px;padding-bottom:40px}
        @media (max-width:640px){.stacks{grid-template-columns:1fr;gap:0}.stacks dd{margin-bottom:6px}.wrap{padding:0 14px}.area{grid-template-columns:1fr 40px}.area meter{grid-column:1/3;grid-row:2}.area .hint{display:none}summary{grid-template-columns:1fr}.evidence{grid-template-columns:1fr}.evidence .curl{grid-column:1}thead{display:none}.blockers tr{display:block;border-top:1px solid var(--line);padding:8px 14px}.blockers td{display:block;border:0;padding:1px 0;white-space:normal}}
        @media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--ground:#fff;--good:#1b7f4b;--bad:#b3261e;--mid:#9a6700;--link:#000;--code:#f4f4f4}body{font-size:11pt}details,.card,tr,.area{break-inside:avoid}.paste{white-space:pre-wrap;overflow:visible}h2{break-after:avoid}.wrap{max-width:none;padding:0}header,main{print-color-adjust:exact}}
        """
}
