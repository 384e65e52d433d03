/// `/static/desk.css`.
enum Stylesheet {
    static let text = """
        :root{color-scheme:light dark;--ground:#f5f6f4;--paper:#fff;--ink:#17211f;--soft:#5c6b67;--line:#dfe5e2;--brand:#0f6b5c;--brand-ink:#fff;--tint:#e3f1ed;--up:#0b7a4b;--down:#b3372f;--warn:#fdf3e1;--warn-ink:#7a4b00}
        @media (prefers-color-scheme:dark){:root{--ground:#111716;--paper:#1a2220;--ink:#e8eeec;--soft:#9aaaa5;--line:#2c3835;--brand:#4fbfa6;--brand-ink:#07201b;--tint:#1d3530;--up:#5fd39b;--down:#f08a80;--warn:#38290e;--warn-ink:#f4cf8f}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
        a{color:var(--brand);text-underline-offset:2px}
        h1{font-size:1.75rem;line-height:1.2;margin:0 0 1rem;letter-spacing:-.01em}
        h2{font-size:1.05rem;line-height:1.3;margin:0 0 .75rem}
        p{margin:0 0 .75rem}
        :focus-visible{outline:3px solid var(--brand);outline-offset:2px}
        .top{display:flex;align-items:center;gap:1rem;padding:.75rem 1.5rem;background:var(--paper);border-bottom:1px solid var(--line)}
        .brand{display:flex;align-items:center;gap:.6rem;font-weight:700;color:var(--ink);text-decoration:none;margin-right:auto;white-space:nowrap}
        .brand img{display:block}
        .find{flex:0 1 22rem;min-width:0}
        .badge{display:grid;place-items:center;flex:none;width:2.25rem;height:2.25rem;border-radius:50%;background:var(--tint);color:var(--brand);font-size:.85rem;font-weight:700;text-decoration:none}
        .door{display:flex;align-items:center;gap:.85rem;white-space:nowrap}
        .door .button{padding:.4rem .85rem;font-size:.95rem}
        .sections{display:flex;gap:.25rem;padding:0 1.25rem;background:var(--paper);border-bottom:1px solid var(--line);overflow-x:auto;scrollbar-width:none}
        .sections a{padding:.7rem .75rem;color:var(--soft);text-decoration:none;white-space:nowrap;border-bottom:3px solid transparent}
        .sections a:hover{color:var(--ink)}
        .sections a[aria-current]{color:var(--ink);font-weight:600;border-color:var(--brand)}
        main{max-width:72rem;margin:0 auto;padding:2rem 1.5rem 3rem}
        footer{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.5rem 2rem;max-width:72rem;margin:0 auto;padding:1rem 1.5rem 2rem;color:var(--soft);font-size:.85rem;border-top:1px solid var(--line)}
        .card{display:block;background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:1.25rem 1.5rem;margin:0 0 1.25rem;min-width:0}
        a.card{color:inherit;text-decoration:none}
        a.card:hover{border-color:var(--brand)}
        .narrow{max-width:26rem;margin:2rem auto}
        .two{display:grid;grid-template-columns:minmax(0,2fr) minmax(16rem,1fr);gap:1.25rem;align-items:start}
        .two.even{grid-template-columns:repeat(2,minmax(0,1fr))}
        .three,.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1.25rem}
        .tiles .card{margin:0}
        .big{font-size:1.5rem;font-weight:650;margin:0;font-variant-numeric:tabular-nums}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:1px;margin:0 0 1.25rem;background:var(--line);border:1px solid var(--line);border-radius:12px;overflow:hidden}
        .figure{background:var(--paper);padding:1rem 1.5rem}
        .figure span{display:block;color:var(--soft);font-size:.85rem}
        .figure strong{font-size:1.35rem;font-variant-numeric:tabular-nums;white-space:nowrap}
        .hero{display:grid;grid-template-columns:3fr 2fr;gap:3rem;align-items:center;padding:2rem 0 3rem}
        .hero h1{font-size:clamp(2rem,5vw,3rem);letter-spacing:-.02em}
        .hero p{font-size:1.1rem;color:var(--soft);max-width:34rem}
        .hero .large{display:inline-block;margin:.5rem 1rem 0 0}
        .picture{width:100%;border-radius:12px;background:var(--tint)}
        .scroll{overflow-x:auto;margin:0 -1.5rem;padding:0 1.5rem}
        table{width:100%;border-collapse:collapse;font-size:.95rem}
        th{color:var(--soft);font-size:.8rem;font-weight:600;text-align:left;white-space:nowrap}
        th,td{padding:.55rem 1.1rem .55rem 0;border-bottom:1px solid var(--line);vertical-align:middle}
        tr:last-child td{border-bottom:0}
        td:first-child{white-space:nowrap}
        th:last-child,td:last-child{padding-right:0}
        .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .actions{text-align:right;white-space:nowrap}
        .actions form{display:inline-block;margin-left:.35rem}
        .up{color:var(--up)}.down{color:var(--down)}
        .hint,.eyebrow,small{color:var(--soft);font-size:.875rem;font-weight:400}
        .eyebrow{margin:0 0 .25rem}
        .empty{color:var(--soft)}
        .aside{float:right;margin:-2.1rem 0 0;font-size:.9rem}
        .tag{display:inline-block;padding:.1rem .55rem;border-radius:99px;background:var(--ground);border:1px solid var(--line);font-size:.8rem;white-space:nowrap}
        .tag.open,.tag.active,.tag.executed,.tag.matched{background:var(--tint);border-color:transparent;color:var(--brand)}
        .tag.unmatched,.tag.disabled{background:var(--warn);border-color:transparent;color:var(--warn-ink)}
        .row{display:flex;align-items:center;justify-content:space-between;gap:1rem;margin:0;padding:.5rem 0;border-bottom:1px solid var(--line)}
        .row:last-child{border-bottom:0}
        .stack{display:grid;gap:.9rem}
        .stack+p{margin:1rem 0 0}
        .row button{flex:none}
        .order{white-space:nowrap}
        label{display:grid;gap:.3rem;font-size:.9rem;font-weight:600}
        label small{font-weight:400}
        input,select,textarea{width:100%;min-width:0;padding:.6rem .75rem;font:inherit;font-weight:400;color:inherit;background:var(--ground);border:1px solid var(--line);border-radius:8px}
        input[type=radio],input[type=checkbox]{width:auto;accent-color:var(--brand)}
        input[type=file]{padding:.45rem}
        fieldset{display:flex;gap:1.25rem;margin:0;padding:0;border:0}
        legend{padding:0 0 .3rem;font-size:.9rem;font-weight:600}
        .choice{display:flex;align-items:center;gap:.5rem;font-weight:400;font-size:1rem}
        button,.button{display:inline-block;padding:.6rem 1.1rem;font:inherit;font-weight:600;text-decoration:none;cursor:pointer;color:var(--brand-ink);background:var(--brand);border:1px solid transparent;border-radius:8px}
        button:hover,.button:hover{filter:brightness(1.08)}
        button.second{color:var(--ink);background:transparent;border-color:var(--line)}
        button.quiet{color:var(--soft);background:none;padding:.4rem}
        button.small{padding:.25rem .7rem;font-size:.85rem}
        button.danger{background:var(--down);color:var(--paper)}
        .buttons{display:flex;flex-wrap:wrap;gap:.6rem}
        .card.danger{border-color:var(--down)}
        .card.danger form{max-width:22rem}
        .notice,.failure{padding:.75rem 1rem;border-radius:8px;background:var(--tint)}
        .failure{background:var(--warn);color:var(--warn-ink)}
        .list .card{margin-bottom:1rem}
        .prose{max-width:46rem}
        .comment{padding:.75rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
        .comment p{margin:0 0 .2rem}
        .comment+form,.empty+form{margin-top:1rem}
        .chart{display:block;width:100%;height:auto}
        .line{fill:none;stroke:var(--brand);stroke-width:2.5;stroke-linejoin:round}
        .area{fill:var(--brand);fill-opacity:.1}
        .grid{stroke:var(--line)}
        .tick{fill:var(--soft);font-size:11px}
        .bar{display:grid;grid-template-columns:6.5rem minmax(0,1fr) 5rem;gap:.75rem;align-items:center;padding:.35rem 0;font-size:.92rem}
        .bar svg{display:block;width:100%;height:.6rem;border-radius:99px}
        .track{fill:var(--ground)}.fill{fill:var(--brand)}.fill-up{fill:var(--up)}.fill-down{fill:var(--down)}
        @media (max-width:800px){.two,.two.even,.hero{grid-template-columns:minmax(0,1fr)}.hero{gap:1.5rem;padding:0 0 1.5rem}}
        @media (max-width:560px){.top{flex-wrap:wrap;padding:.6rem 1rem;gap:.6rem}.find{order:5;flex:1 0 100%}.sections{padding:0 .5rem}main{padding:1.25rem 1rem 2rem}h1{font-size:1.5rem}.card{padding:1rem}.scroll{margin:0 -1rem;padding:0 1rem}.figures{grid-template-columns:1fr 1fr}.figure{padding:.75rem 1rem}.figure strong{font-size:1.1rem}.bar{grid-template-columns:5.5rem minmax(0,1fr) 4.5rem}.tick{font-size:19px}.figure:last-child:nth-child(odd){grid-column:1/-1}.door{gap:.6rem;font-size:.85rem}.door .button{font-size:.85rem;padding:.35rem .6rem}.row{align-items:flex-start}footer{padding:1rem}}

        """
}
